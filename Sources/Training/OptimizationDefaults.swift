public import TorchOptim

/// A method's published optimisation, from which ``Trainer/Config`` takes what nobody has set.
public struct OptimizationDefaults: Hashable, Sendable {
  /// The length of a warm-up: a number of updates or epochs, or a share of the run where that is less.
  public struct Warmup: Hashable, Sendable {
    /// The longest warm-up.
    public enum Limit: Hashable, Sendable {
      case updates(Int)
      case epochs(Double)
    }

    /// The longest warm-up.
    public var limit: Limit
    /// The largest share of the run.
    public var share: Double

    /// A warm-up of that length, or of that share of the run where it is less.
    public init(_ limit: Limit, share: Double) {
      self.limit = limit
      self.share = share
    }

    /// Its updates.
    func updates(stepsPerEpoch: Int, totalSteps: Int) -> Int {
      let most =
        switch limit {
        case .updates(let count): Double(count)
        case .epochs(let count): count * Double(stepsPerEpoch)
        }
      return Int(min(most, share * Double(totalSteps)).rounded())
    }
  }

  /// The peak learning rate for `referenceBatch` images an update; linear in their number.
  public var learningRate: Double
  /// The images that `learningRate` is meant for.
  public var referenceBatch: Int
  /// What the learning rate falls to.
  public var minimumLearningRate: Double
  /// The warm-up.
  public var warmup: Warmup
  /// The course of the learning rate.
  public var schedule: LearningRateSchedule.Form
  /// Weight decay.
  public var weightDecay: Double
  /// What weight decay reaches at the end; nil keeps it.
  public var weightDecayEnd: Double?
  /// AdamW's decay of the second moments.
  public var beta2: Double
  /// What gradients are clipped by.
  public var clipping: ClippingMode
  /// The norm for clipping.
  public var clipNorm: Double

  /// BEiT's, which SplitMask shares (docs/method.md, rows 14 and 15), unless said otherwise.
  public init(
    learningRate: Double = 1.5e-3, referenceBatch: Int = 2048, minimumLearningRate: Double = 1e-5,
    warmup: Warmup = Warmup(.updates(6250), share: 0.033), schedule: LearningRateSchedule.Form = .inclusive,
    weightDecay: Double = 0.05, weightDecayEnd: Double? = nil, beta2: Double = 0.999,
    clipping: ClippingMode = .globalNorm, clipNorm: Double = 3
  ) {
    self.learningRate = learningRate
    self.referenceBatch = referenceBatch
    self.minimumLearningRate = minimumLearningRate
    self.warmup = warmup
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.weightDecayEnd = weightDecayEnd
    self.beta2 = beta2
    self.clipping = clipping
    self.clipNorm = clipNorm
  }
}
