public import TorchOptim

/// How long a run is.
public enum TrainingLength: Hashable, Sendable {
  /// Passes over the data.
  case epochs(Int)
  /// Updates.
  case steps(Int)

  /// Updates of the run.
  ///
  /// - Parameter stepsPerEpoch: updates of one pass over the data.
  public func steps(perEpoch stepsPerEpoch: Int) -> Int {
    switch self {
    case .epochs(let count): count * stepsPerEpoch
    case .steps(let count): count
    }
  }
}

extension Trainer {
  /// ``Config`` with every value chosen: what a run uses.
  public struct ResolvedConfig: Hashable, Sendable {
    /// How long the run is.
    public let length: TrainingLength
    /// Images of one batch, of all members together.
    public let batchSize: Int
    /// Batches whose gradients make one update.
    public let accumulate: Int
    /// Threads of a CPU that share out every batch.
    public let replicas: Int
    /// The peak learning rate.
    public let learningRate: Double
    /// What the learning rate falls to.
    public let minimumLearningRate: Double
    /// Updates of the linear warm-up.
    public let warmupSteps: Int
    /// The course of the learning rate.
    public let schedule: LearningRateSchedule.Form
    /// Decoupled weight decay.
    public let weightDecay: Double
    /// What the weight decay reaches at the end of the run, by half a cosine; nil keeps it constant.
    public let weightDecayEnd: Double?
    /// AdamW's decay of the second moments.
    public let beta2: Double
    /// What gradients are clipped by.
    public let clipping: ClippingMode
    /// The norm above which gradients are scaled down.
    public let clipNorm: Double
    /// The type of matrix products.
    public let precision: Precision
    /// Updates between two logged lines.
    public let logEvery: Int
    /// Updates between two checkpoints.
    public let checkpointEvery: Int
    /// Checkpoints kept.
    public let keepCheckpoints: Int

    /// The norm to clip at; nil where gradients are left as they are.
    public var maximumNorm: Double? { clipping == .none ? nil : clipNorm }
  }
}

extension Trainer.Config {
  /// Everything chosen: what is set here, else the method's.
  ///
  /// - Parameters:
  ///   - defaults: the method's optimisation.
  ///   - imageCount: images that an epoch shows.
  ///   - batchSize: where none is set.
  ///   - length: where neither epochs nor steps are set.
  ///   - replicas: where none are set.
  public func resolved(
    by defaults: OptimizationDefaults, imageCount: Int, batchSize: Int, length: TrainingLength, replicas: Int = 1
  ) -> Trainer.ResolvedConfig {
    let batchSize = self.batchSize ?? batchSize
    let length = self.length ?? length
    let peak = learningRate ?? defaults.learningRate * Double(batchSize * accumulate) / Double(defaults.referenceBatch)
    let stepsPerEpoch = max(1, imageCount / batchSize / accumulate)
    return Trainer.ResolvedConfig(
      length: length, batchSize: batchSize, accumulate: accumulate, replicas: self.replicas ?? replicas,
      learningRate: peak, minimumLearningRate: minimumLearningRate ?? min(defaults.minimumLearningRate, peak),
      warmupSteps: warmupSteps
        ?? defaults.warmup.updates(stepsPerEpoch: stepsPerEpoch, totalSteps: length.steps(perEpoch: stepsPerEpoch)),
      schedule: schedule ?? defaults.schedule, weightDecay: weightDecay ?? defaults.weightDecay,
      // Who sets a weight decay wants it to stay.
      weightDecayEnd: weightDecayEnd ?? (weightDecay == nil ? defaults.weightDecayEnd : nil),
      beta2: beta2 ?? defaults.beta2, clipping: clipping ?? defaults.clipping, clipNorm: clipNorm ?? defaults.clipNorm,
      precision: precision, logEvery: logEvery, checkpointEvery: checkpointEvery, keepCheckpoints: keepCheckpoints)
  }

  /// The length that is set; nil where none is.
  public var length: TrainingLength? {
    get { steps.map { .steps($0) } ?? epochs.map { .epochs($0) } }
    set {
      switch newValue {
      case .epochs(let count): epochs = count
      case .steps(let count): steps = count
      case nil: (steps, epochs) = (nil, nil)
      }
    }
  }

  /// These settings with what was chosen, to be kept with a run; resolved again they are the same.
  public func completed(by resolved: Trainer.ResolvedConfig) -> Trainer.Config {
    var result = self
    (result.length, result.batchSize, result.replicas) = (resolved.length, resolved.batchSize, resolved.replicas)
    (result.learningRate, result.minimumLearningRate) = (resolved.learningRate, resolved.minimumLearningRate)
    (result.warmupSteps, result.schedule) = (resolved.warmupSteps, resolved.schedule)
    (result.weightDecay, result.weightDecayEnd) = (resolved.weightDecay, resolved.weightDecayEnd)
    (result.beta2, result.clipping, result.clipNorm) = (resolved.beta2, resolved.clipping, resolved.clipNorm)
    return result
  }
}
