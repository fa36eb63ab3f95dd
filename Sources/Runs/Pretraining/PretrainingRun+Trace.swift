import DurableFiles
public import Foundation
import SelfSupervision
import SplitMaskCore
import Torch
import TorchNN
import TorchOptim
import Training

extension PretrainingRun {
  /// Writes everything about the first update, with the peak learning rate, for another program to repeat.
  ///
  /// - Throws: as training; `FileError`; `InvalidSetting` for another method than SplitMask.
  public func trace(to url: URL) throws {
    guard config.method == .splitmask else {
      throw InvalidSetting("method", "a trace is of a step of splitmask, not of \(config.method.rawValue)")
    }
    let task = try SplitMaskRecipe(config: config).splitMaskTask(material(try makeTokenizer()))
    guard let batch = try batches(epoch: 0).next() else { return }
    let context = StepContext(
      seed: config.seed, step: 0, epoch: 0, device: device, precision: config.training.precision.autocastType)
    let optimizer = AdamW(task.parameterGroups(weightDecay: config.training.weightDecay ?? 0))
    let rate = config.training.learningRate ?? 0
    let tensors = task.trace(
      batch, in: context, optimizer: optimizer, learningRate: rate, maximumNorm: config.training.maximumNorm)
    try SafetensorsWriter.write(tensors, metadata: traceSettings(learningRate: rate), to: url)
  }

  private func traceSettings(learningRate: Double) -> [String: String] {
    let matching = config.splitmask.matching
    return [
      "learning_rate": "\(learningRate)", "weight_decay": "\(config.training.weightDecay ?? 0)",
      "clip": "\(config.training.maximumNorm ?? .infinity)", "beta1": "0.9", "beta2": "0.999", "epsilon": "1e-8",
      "patch_size": "\(config.model.patchSize)", "heads": "\(config.model.heads)",
      "decoder_heads": "\(config.model.heads)", "temperature": "\(matching.temperature)",
      "negatives": matching.negatives == .bothBranches ? "both" : "opposite",
      "inpaint_weight": "\(config.splitmask.inpaintWeight)", "match_weight": "\(config.splitmask.matchWeight)",
      "codebook_order": "chw",
    ]
  }
}
