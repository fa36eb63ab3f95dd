import DenseTasks
import ImageLoading
public import Torch
import Training

extension PretrainConfig {
  /// Images that ImageNet's 300 epochs show; the paper keeps the number of updates (arXiv 2112.10740).
  private static let paperImages = 300 * 1_281_167
  private static let paperEpochLimit = 5000

  /// Every automatic value chosen, so that the run can be repeated from it.
  ///
  /// - Parameters:
  ///   - imageCount: images of the data set.
  ///   - device: where to compute.
  ///   - processes: the process group.
  public func resolved(imageCount: Int, device: Device, processes: ProcessGroup = .alone) -> PretrainConfig {
    var result = self
    result.data.workers = data.workers ?? processes.defaultWorkers
    // Whether images are kept decoded decides how crops are decoded, so a resume elsewhere must decide alike.
    result.data.cacheGigabytes = data.cacheGigabytes ?? Double(DecodedImageCache.defaultBudget) / 1e9
    let batchSize = device.kind == .cpu ? 64 : min(PretrainConfig.paperBatch, 256 * processes.size)
    result.training.batchSize =
      training.batchSize ?? processes.automaticBatch(batchSize, imageCount: imageCount)
    let preset = self.preset ?? .paper
    result.preset = preset
    if preset.isShort && regime == .automatic { result.regime = .standard }
    if training.steps == nil && training.epochs == nil { result.setLength(preset, imageCount: imageCount) }
    result.training.replicas =
      training.replicas
      ?? Replicas.automaticCount(
        batchSize: result.training.batchSize!, parameterCount: model.parameterCount, device: device,
        processes: processes)
    result = result.recipe.settled(imageCount: imageCount)
    let batchImages = result.training.batchSize! * training.accumulate
    let optimization = preset.optimization(result.recipe.optimization, batchImages: batchImages)
    let samples = DataLoader.samplesPerEpoch(imageCount: imageCount, repeats: result.recipe.repeats)
    result.training = result.training.resolved(by: optimization, imageCount: samples)
    return result
  }

  /// The batch of the paper's ablations (arXiv 2112.10740).
  private static let paperBatch = 2048

  /// As many updates as a preset has time for; the paper's are those of 300 epochs of ImageNet. At most 5,000 epochs.
  private mutating func setLength(_ preset: PretrainingPreset, imageCount: Int) {
    let images = training.batchSize! * training.accumulate
    let work = try? recipe.work(words: specification(of: tokenizer)).stepMultiplyAdds
    guard let steps = work.flatMap({ preset.steps(multiplyAddsPerUpdate: $0 * Double(images)) }) else {
      training.epochs = PretrainConfig.paperEpochs(imageCount: imageCount)
      return
    }
    training.steps = min(steps, PretrainConfig.paperEpochLimit * max(1, imageCount / images))
  }

  /// As many updates as 300 epochs of ImageNet.
  static func paperEpochs(imageCount: Int) -> Int { min(paperEpochLimit, max(1, paperImages / imageCount)) }

  /// What an encoder that is too finely cut for detection would need, where its images are large enough for objects.
  private var denseNotes: [String] {
    let (side, patch) = (min(model.imageSize.height, model.imageSize.width), DenseBackbone.patchSize)
    guard model.patchSize != patch, side >= 4 * patch else { return [] }
    return [
      "detect and segment take encoders with patches of \(patch): add --patch-size \(patch) where this one is meant for them"
    ]
  }

  /// What the plan should mention besides its numbers.
  func notes(asked: PretrainConfig, device: Device) -> [String] {
    guard let preset, preset.isShort else { return recipe.notes(asked: asked) }
    let isLengthSaid = asked.training.epochs != nil || asked.training.steps != nil
    return recipe.notes(asked: asked) + denseNotes + [
      isLengthSaid
        ? "encoder, sizes and rates that are not given are those of the preset \(preset.rawValue); "
          + "--preset paper has the published ones"
        : "a run of the preset \(preset.rawValue); --preset \(preset.longer), --steps N or --epochs N make longer ones"
    ]
  }
}

extension PretrainingRun {
  /// How many replicas share out a batch of a run with a `vit-tiny`.
  public static func replicas(ofBatch batchSize: Int, on device: Device) -> Int {
    var model = PretrainConfig().model
    model.architecture = .tiny
    return Replicas.automaticCount(
      batchSize: batchSize, parameterCount: model.parameterCount, device: device, processes: .alone)
  }
}
