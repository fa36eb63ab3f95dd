import ImageLoading
import ImageTransforms
public import Torch
import TorchOptim
import Training
import VisionModels

extension FineTuneConfig {
  /// SplitMask, arXiv 2112.10740, Table 9.
  private static let paperEpochs = 300
  /// What a CPU is asked for where nobody says more: images shown, as far as a trial has time for them, and passes.
  private static let cpuImages = 200_000
  private static let cpuEpochs = 5...50

  /// Every automatic value chosen, so that the run can be repeated from it.
  ///
  /// - Parameters:
  ///   - imageCount: labelled training images, after `data.labels`.
  ///   - device: where to compute.
  ///   - processes: the process group.
  public func resolved(imageCount: Int, device: Device, processes: ProcessGroup) -> Resolved<FineTuneConfig> {
    var result = self
    let choices = choices(imageCount: imageCount)
    (result.regime, result.layerDecay, result.repeats) = (choices.regime, choices.layerDecay, choices.repeats)
    result.augmentation.randAugment =
      augmentation.randAugment ?? RandAugment.Config(magnitude: choices.regime == .smallData ? 9 : 7)
    if normalization?.format != nil { result.augmentation = result.augmentation.withoutColors() }
    result.data.workers = data.workers ?? processes.defaultWorkers
    result.data.cacheGigabytes = data.cacheGigabytes ?? Double(DecodedImageCache.defaultBudget) / 1e9
    // Mixing takes a process's images in pairs, so an even batch for each.
    let batch = min(imageCount, device.kind == .cpu ? 64 : 256 * processes.size)
    let pairs = batch / (2 * processes.size)
    let batchSize = training.batchSize ?? max(2 * pairs, 1) * processes.size
    let training = training.resolved(
      by: result.optimization,
      imageCount: DataLoader.samplesPerEpoch(imageCount: imageCount, repeats: choices.repeats),
      batchSize: batchSize,
      length: .epochs(device.kind == .cpu ? cpuEpochs(imageCount: imageCount) : FineTuneConfig.paperEpochs),
      replicas: Replicas.automaticCount(
        batchSize: batchSize, parameterCount: model.parameterCount, device: device, processes: processes))
    result.training = result.training.completed(by: training)
    return Resolved(result, training: training)
  }

  /// The regime, and what it decides where nobody has said it.
  struct Choices {
    let regime: FineTuningRegime
    let layerDecay: Double
    let repeats: Int
  }

  /// What the number of labelled training images decides.
  func choices(imageCount: Int) -> Choices {
    let automatic: FineTuningRegime = imageCount < Regime.smallDataLimit ? .smallData : .standard
    let regime = self.regime == .automatic ? automatic : self.regime
    // An epoch of repeats is whole 256s of images; of fewer images there is nothing to repeat.
    let repeats = regime == .smallData || imageCount < 256 ? 1 : 3
    return Choices(
      regime: regime, layerDecay: layerDecay ?? (regime == .smallData ? 0.65 : 1), repeats: self.repeats ?? repeats)
  }

  private func cpuEpochs(imageCount: Int) -> Int {
    let work = model.work(patches: model.grid.count).stepMultiplyAdds
    let images = min(FineTuneConfig.cpuImages, PretrainingPreset.trial.steps(multiplyAddsPerUpdate: work) ?? 0)
    return min(FineTuneConfig.cpuEpochs.upperBound, max(FineTuneConfig.cpuEpochs.lowerBound, images / imageCount))
  }

  /// Table 9's numbers; minimum rates, which it does not give, are BEiT's and DeiT's (docs/method.md, row 25).
  private var optimization: OptimizationDefaults {
    regime == .smallData
      ? OptimizationDefaults(
        learningRate: 4e-3, referenceBatch: 1024, minimumLearningRate: 1e-6,
        warmup: .init(.epochs(60), share: 0.2), clipping: .none)
      : OptimizationDefaults(
        learningRate: 1.4e-4, referenceBatch: 1024, minimumLearningRate: 1e-5,
        warmup: .init(.epochs(5), share: 0.1), clipping: .none)
  }
}
