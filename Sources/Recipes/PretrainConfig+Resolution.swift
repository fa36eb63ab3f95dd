import ImageData
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
  public func resolved(imageCount: Int, device: Device, processes: ProcessGroup = .alone) -> PretrainConfig {
    var result = self
    result.data.workers = data.workers ?? processes.defaultWorkers
    // Whether images are kept decoded decides how crops are decoded, so a resume elsewhere must decide alike.
    result.data.cacheGigabytes = data.cacheGigabytes ?? Double(DecodedImageCache.defaultBudget) / 1e9
    let batchSize = device.kind == .cpu ? 64 : min(PretrainConfig.paperBatch, 256 * processes.size)
    result.training.batchSize =
      training.batchSize ?? processes.automaticBatch(batchSize, imageCount: imageCount)
    if training.steps == nil && training.epochs == nil {
      result.training.epochs = PretrainConfig.epochs(imageCount: imageCount, device: device)
    }
    result = result.recipe.settled(imageCount: imageCount)
    let samples = DataLoader.samplesPerEpoch(imageCount: imageCount, repeats: result.recipe.repeats)
    result.training = result.training.resolved(by: result.recipe.optimization, imageCount: samples)
    return result
  }

  /// The paper's batch (METHODS §3.4).
  private static let paperBatch = 2048

  /// The paper's rule: as many updates as 300 epochs of ImageNet, at most 5,000 epochs; far fewer on a CPU.
  static func epochs(imageCount: Int, device: Device) -> Int {
    let paper = min(paperEpochLimit, max(1, paperImages / imageCount))
    guard device.kind == .cpu else { return paper }
    return min(paper, cpuEpochLimit, max(1, cpuImages / imageCount))
  }

  /// What the plan should mention besides its numbers.
  func notes(asked: PretrainConfig, device: Device) -> [String] {
    guard asked.training.epochs == nil && asked.training.steps == nil && device.kind == .cpu else {
      return recipe.notes(asked: asked)
    }
    return recipe.notes(asked: asked) + [
      "on a CPU far fewer epochs than the paper's rule; ask for more with --epochs N"
    ]
  }
}
