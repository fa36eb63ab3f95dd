import DurableFiles
public import Foundation
import ImageData
import SelfSupervision
import Torch
import TorchNN
import TorchOptim
import Training

extension PretrainingRun {
  /// Writes everything about the first update, with the peak learning rate, for another program to repeat.
  ///
  /// - Throws: as training; `FileError`.
  public func trace(to url: URL) throws {
    let task = try makeTask(tokenizer: try makeTokenizer())
    guard let batch = try batches(epoch: 0).next() else { return }
    let context = StepContext(
      seed: config.seed, step: 0, epoch: 0, device: device, precision: config.training.precision.autocastType)
    let optimizer = AdamW(WeightDecayRule.groups(task.model, weightDecay: config.training.weightDecay))
    let rate = config.training.learningRate ?? 0
    let tensors = task.trace(
      batch, in: context, optimizer: optimizer, learningRate: rate, maximumNorm: config.training.clipNorm)
    try SafetensorsWriter.write(tensors, metadata: traceSettings(learningRate: rate), to: url)
  }

  private func traceSettings(learningRate: Double) -> [String: String] {
    let matching = config.splitmask.matching
    return [
      "learning_rate": "\(learningRate)", "weight_decay": "\(config.training.weightDecay)",
      "clip": "\(config.training.clipNorm ?? .infinity)", "beta1": "0.9", "beta2": "0.999", "epsilon": "1e-8",
      "patch_size": "\(config.model.patchSize)", "heads": "\(config.model.heads)",
      "decoder_heads": "\(config.model.heads)", "temperature": "\(matching.temperature)",
      "negatives": matching.negatives == .bothBranches ? "both" : "opposite",
      "inpaint_weight": "\(config.splitmask.inpaintWeight)", "match_weight": "\(config.splitmask.matchWeight)",
      "codebook_order": "chw",
    ]
  }
}
