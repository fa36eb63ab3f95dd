import SplitMaskCore
public import Torch
public import TorchOptim

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
  /// How long and how to train. Values that are nil are chosen to fit method, data set and device; see
  /// ``resolved(by:imageCount:batchSize:length:replicas:)``.
  public struct Config: Codable, Hashable, Sendable {
    /// Passes over the data; `steps` outranks it.
    public var epochs: Int?
    /// Updates of the whole run.
    public var steps: Int?
    /// Images of one batch.
    public var batchSize: Int?
    /// Batches whose gradients make one update.
    public var accumulate = 1
    /// Threads of a CPU that share out every batch, each with a replica of the network; nil is as many as batch and memory
    /// allow. Their number changes rounding, as that of processes does.
    public var replicas: Int?
    /// The peak learning rate; nil is the method's, linear in the images of an update.
    public var learningRate: Double?
    /// What the learning rate falls to.
    public var minimumLearningRate: Double?
    /// Updates of the linear warm-up.
    public var warmupSteps: Int?
    /// The course of the learning rate.
    public var schedule: LearningRateSchedule.Form?
    /// Decoupled weight decay of matrices; vectors and biases have none, nor what a method excepts.
    public var weightDecay: Double?
    /// What the weight decay reaches at the end of the run, by half a cosine; nil keeps it constant.
    public var weightDecayEnd: Double?
    /// AdamW's decay of the second moments.
    public var beta2: Double?
    /// What gradients are clipped by.
    public var clipping: ClippingMode?
    /// The norm above which gradients are scaled down.
    public var clipNorm: Double?
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
        ("replicas", replicas), ("logEvery", logEvery), ("checkpointEvery", checkpointEvery),
        ("keepCheckpoints", keepCheckpoints),
      ]
      for case (let key, let value?) in counts where value < 1 {
        throw InvalidSetting("training.\(key)", "must be at least 1, not \(value)")
      }
      let rates: [(String, Double?)] = [
        ("learningRate", learningRate), ("minimumLearningRate", minimumLearningRate), ("weightDecay", weightDecay),
        ("weightDecayEnd", weightDecayEnd), ("clipNorm", clipNorm),
      ]
      for case (let key, let value?) in rates where !(value >= 0 && value.isFinite) {
        throw InvalidSetting("training.\(key)", "must be a number of at least 0, not \(value)")
      }
      if let beta2, !(beta2 >= 0 && beta2 < 1) {
        throw InvalidSetting("training.beta2", "must be at least 0 and below 1, not \(beta2)")
      }
      if let warmupSteps, warmupSteps < 0 {
        throw InvalidSetting("training.warmupSteps", "must be at least 0, not \(warmupSteps)")
      }
    }
  }
}
