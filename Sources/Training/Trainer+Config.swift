import Settings
public import Torch

/// The type of matrix products.
public enum Precision: String, Codable, Hashable, Sendable, CaseIterable {
  /// Everything in single precision.
  case float32
  /// Matrix products in bfloat16 by autocast; parameters and losses stay in float32.
  case bfloat16

  /// The type for autocast; nil for float32.
  public var autocastType: DType? { self == .bfloat16 ? .bfloat16 : nil }
}

extension Trainer {
  /// How long and how to train. Values that are nil are chosen to fit the data set and the device.
  public struct Config: Codable, Hashable, Sendable {
    /// Passes over the data; `steps` outranks it.
    public var epochs: Int?
    /// Updates of the whole run.
    public var steps: Int?
    /// Images of one batch.
    public var batchSize: Int?
    /// Batches whose gradients make one update.
    public var accumulate = 1
    /// The peak learning rate; nil is 1.5e-3 for 2,048 images an update, linear in their number (METHODS §3.3-14).
    public var learningRate: Double?
    /// What the cosine falls to.
    public var minimumLearningRate = 1e-5
    /// Updates of the linear warm-up; nil is 6,250 or 3.3 % of the run if that is less (METHODS §3.3-15).
    public var warmupSteps: Int?
    /// Decoupled weight decay of matrices; vectors, biases, positions and class token have none.
    public var weightDecay = 0.05
    /// The global gradient norm above which gradients are scaled down; nil never does.
    public var clipNorm: Double? = 3.0
    /// The type of matrix products.
    public var precision = Precision.float32
    /// Updates between two logged lines.
    public var logEvery = 10
    /// Updates between two checkpoints.
    public var checkpointEvery = 500
    /// Checkpoints kept.
    public var keepCheckpoints = 3

    /// Everything to fit the data.
    public init() {}

    /// Checks ranges.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      let counts: [(String, Int?)] = [
        ("epochs", epochs), ("steps", steps), ("batchSize", batchSize), ("accumulate", accumulate),
        ("logEvery", logEvery), ("checkpointEvery", checkpointEvery), ("keepCheckpoints", keepCheckpoints),
      ]
      for case (let key, let value?) in counts where value < 1 {
        throw InvalidSetting("training.\(key)", "must be at least 1, not \(value)")
      }
      let rates: [(String, Double?)] = [
        ("learningRate", learningRate), ("minimumLearningRate", minimumLearningRate), ("weightDecay", weightDecay),
        ("clipNorm", clipNorm),
      ]
      for case (let key, let value?) in rates where !(value >= 0 && value.isFinite) {
        throw InvalidSetting("training.\(key)", "must be a number of at least 0, not \(value)")
      }
      if let warmupSteps, warmupSteps < 0 {
        throw InvalidSetting("training.warmupSteps", "must be at least 0, not \(warmupSteps)")
      }
    }
  }
}
