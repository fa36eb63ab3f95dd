import ImageData
import SelfSupervision
public import Torch
import Training

extension PretrainConfig {
  /// Images that ImageNet's 300 epochs show; the paper keeps the number of updates (METHODS §3.1).
  private static let paperImages = 300 * 1_281_167
  private static let paperEpochLimit = 5000
  /// What a CPU is asked for where nobody says more: images shown, and passes.
  private static let cpuImages = 500_000
  private static let cpuEpochLimit = 100

  /// Every automatic value chosen, so that the run can be repeated from it.
  ///
  /// - Parameters:
  ///   - imageCount: images of the data set.
  ///   - device: where to compute.
  public func resolved(imageCount: Int, device: Device) -> PretrainConfig {
    var result = self
    result.resolveRegime(imageCount: imageCount)
    result.data.workers = data.workers ?? DataLoader.defaultWorkers
    // Whether images are kept decoded decides how crops are decoded, so a resume elsewhere must decide alike.
    result.data.cacheGigabytes = data.cacheGigabytes ?? Double(DecodedImageCache.defaultBudget) / 1e9
    let batch = training.batchSize ?? min(imageCount, device.kind == .cpu ? 64 : 256)
    result.training.batchSize = batch
    if training.steps == nil && training.epochs == nil {
      result.training.epochs = PretrainConfig.epochs(imageCount: imageCount, device: device)
    }
    let effective = Double(batch * training.accumulate)
    result.training.learningRate = training.learningRate ?? 1.5e-3 * effective / 2048
    return result
  }

  private mutating func resolveRegime(imageCount: Int) {
    if regime == .automatic { regime = imageCount < Regime.smallDataLimit ? .smallData : .standard }
    if splitmask.masking.strategy == .automatic {
      splitmask.masking.strategy = regime == .smallData ? .uniform : .block
    }
    if splitmask.masking.ratio == nil { splitmask.masking.ratio = splitmask.masking.strategy == .uniform ? 0.75 : 0.5 }
    guard regime == .smallData, augmentation.changesNoColors else { return }
    let extra = Augmentation.Config.smallData
    augmentation.colorJitter = extra.colorJitter
    augmentation.grayscaleProbability = extra.grayscaleProbability
    augmentation.blurProbability = extra.blurProbability
    augmentation.solarizeProbability = extra.solarizeProbability
  }

  /// The paper's rule: as many updates as 300 epochs of ImageNet, at most 5,000 epochs; far fewer on a CPU.
  static func epochs(imageCount: Int, device: Device) -> Int {
    let paper = min(paperEpochLimit, max(1, paperImages / imageCount))
    guard device.kind == .cpu else { return paper }
    return min(paper, cpuEpochLimit, max(1, cpuImages / imageCount))
  }
}
