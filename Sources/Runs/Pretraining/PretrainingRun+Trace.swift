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
    let training = recipe.training
    let tokenizer = try recipe.makeTokenizer { $0.report() }
    let task = try SplitMaskRecipe(config: config).splitMaskTask(recipe.material(tokenizer))
    guard let batch = try recipe.loader(for: processes).batches(epoch: 0).next() else { return }
    let context = StepContext(
      seed: config.seed, step: 0, epoch: 0, device: device, precision: training.precision.autocastType,
      processes: processes)
    let optimizer = AdamW(task.parameterGroups(weightDecay: training.weightDecay))
    let tensors = task.trace(
      batch, in: context, optimizer: optimizer, learningRate: training.learningRate,
      maximumNorm: training.maximumNorm)
    try SafetensorsWriter.write(tensors, metadata: traceSettings, to: url)
  }

  private var traceSettings: [String: String] {
    let (matching, training) = (config.splitmask.matching, recipe.training)
    return [
      "learning_rate": "\(training.learningRate)", "weight_decay": "\(training.weightDecay)",
      "clip": "\(training.maximumNorm ?? .infinity)", "beta1": "0.9", "beta2": "0.999", "epsilon": "1e-8",
      "patch_size": "\(config.model.patchSize)", "heads": "\(config.model.heads)",
      "decoder_heads": "\(config.model.heads)", "temperature": "\(matching.temperature)",
      "negatives": matching.negatives == .bothBranches ? "both" : "opposite",
      "inpaint_weight": "\(config.splitmask.inpaintWeight)", "match_weight": "\(config.splitmask.matchWeight)",
      "codebook_order": "chw",
    ]
  }
}
