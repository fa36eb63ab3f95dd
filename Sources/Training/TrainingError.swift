public import SplitMaskCore

/// Why a run stopped.
public enum TrainingError: UserFacingError, Hashable, Sendable {
  /// Ten updates in a row had a loss or gradient that was not finite.
  case diverged(step: Int, checkpoint: String?)
  /// A checkpoint is of another run's shape.
  case foreignCheckpoint(path: String, reason: String)
  /// No checkpoint could be read.
  case noUsableCheckpoint(folder: String, reasons: [String])
  /// A path stands for no weights.
  case noWeights(path: String, reason: String)

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// What happened, and what to do.
  public var description: String {
    switch self {
    case .diverged(let step, let checkpoint):
      """
      the loss was not finite ten updates in a row, up to step \(step). None of them changed the weights. \
      \(checkpoint.map { "The last good checkpoint is \($0)." } ?? "No checkpoint had been written yet.") \
      Try a learning rate of a third (--learning-rate), a longer warm-up (--set training.warmupSteps=N), or \
      --precision float32.
      """
    case .foreignCheckpoint(let path, let reason):
      "\(path) does not fit this run: \(reason)"
    case .noUsableCheckpoint(let folder, let reasons):
      "no checkpoint in \(folder) can be used:\n" + reasons.map { "  " + $0 }.joined(separator: "\n")
    case .noWeights(let path, let reason):
      "no weights can be taken from \(path): \(reason). A run folder, a safetensors file or a PyTorch file can be named"
    }
  }
}
