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
  public func resolved(imageCount: Int, device: Device, processes: ProcessGroup) -> Resolved<PretrainConfig> {
    var result = self
    result.data.workers = data.workers ?? processes.defaultWorkers
    // Whether images are kept decoded decides how crops are decoded, so a resume elsewhere must decide alike.
    result.data.cacheGigabytes = data.cacheGigabytes ?? Double(DecodedImageCache.defaultBudget) / 1e9
    let automatic = device.kind == .cpu ? 64 : min(PretrainConfig.paperBatch, 256 * processes.size)
    let batchSize = training.batchSize ?? processes.automaticBatch(automatic, imageCount: imageCount)
    let batchImages = batchSize * training.accumulate
    let preset = self.preset ?? .paper
    result.preset = preset
    if preset.isShort && regime == .automatic { result.regime = .standard }
    let length = training.length ?? length(preset, imageCount: imageCount, batchImages: batchImages)
    result.training.length = length
    result = result.recipe.resolved(imageCount: imageCount, batchImages: batchImages, length: length)
    if seenPixels.format != nil { result.augmentation = result.augmentation.withoutColors() }
    let method = result.recipe
    let defaults = preset.optimization(method.optimization, batchImages: batchImages)
    let training = training.resolved(
      by: encoder == nil ? defaults : defaults.withRest,
      imageCount: DataLoader.samplesPerEpoch(imageCount: imageCount, repeats: method.repeats), batchSize: batchSize,
      length: length,
      replicas: Replicas.automaticCount(
        batchSize: batchSize, parameterCount: model.parameterCount, device: device, processes: processes))
    result.training = result.training.completed(by: training)
    return Resolved(result, training: training)
  }

  /// The batch of the paper's ablations (arXiv 2112.10740).
  private static let paperBatch = 2048

  /// As many updates as a preset has time for; the paper's are those of 300 epochs of ImageNet. At most 5,000 epochs.
  private func length(_ preset: PretrainingPreset, imageCount: Int, batchImages: Int) -> TrainingLength {
    let work = try? multiplyAddsPerImage * Double(batchImages)
    guard let steps = work.flatMap({ preset.steps(multiplyAddsPerUpdate: $0) }) else {
      return .epochs(PretrainConfig.paperEpochs(imageCount: imageCount))
    }
    return .steps(min(steps, PretrainConfig.paperEpochLimit * max(1, imageCount / batchImages)))
  }

  /// Multiply-adds of an update for each of its images.
  var multiplyAddsPerImage: Double {
    get throws { try recipe.work(words: specification(of: tokenizer)).stepMultiplyAdds }
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

  /// What of the augmentation has no meaning for other images than photographs.
  private var colorNotes: [String] {
    guard seenPixels.format != nil else { return [] }
    return [
      """
      changes of hue, saturation and grey, solarization and RandAugment are for photographs, and off; for images without an up, \
      such as of microscopes and satellites, --set augmentation.dihedral=true turns and mirrors them
      """
    ]
  }

  /// What the plan should mention besides its numbers.
  func notes(asked: PretrainConfig, device: Device) -> [String] {
    let methodNotes = recipe.notes(asked: asked) + colorNotes
    guard let preset, preset.isShort else { return methodNotes }
    let isLengthSaid = asked.training.epochs != nil || asked.training.steps != nil
    return methodNotes + denseNotes + [
      isLengthSaid
        ? "encoder, sizes and rates that are not given are those of the preset \(preset.rawValue); "
          + "--preset paper has the published ones"
        : "a run of the preset \(preset.rawValue); --preset \(preset.longer), --steps N or --epochs N make longer ones"
    ]
  }
}

extension PretrainConfig {
  /// How many replicas share out a batch of a run with a `vit-tiny`.
  public static func replicas(ofBatch batchSize: Int, on device: Device) -> Int {
    var model = PretrainConfig().model
    model.architecture = .tiny
    return Replicas.automaticCount(
      batchSize: batchSize, parameterCount: model.parameterCount, device: device, processes: .alone)
  }
}
