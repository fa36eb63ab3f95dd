public import SplitMaskCore
public import Torch
import TorchOptim

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A linear classifier on frozen features: softmax regression, fitted to convergence.
///
/// Features are standardised with the training set's mean and deviation. The loss is the mean cross-entropy plus half
/// the weight decay times the squared weights; the decay is the one of a logarithmic grid that classifies a held-out
/// tenth of the training images best, and the classifier is then fitted to all of them. Nothing is random: the same
/// features give the same numbers.
public enum LinearProbe {
  /// The settings.
  public struct Config: Codable, Hashable, Sendable {
    /// The weakest weight decay to try.
    public var weakestDecay = 1e-6
    /// The strongest weight decay to try.
    public var strongestDecay = 1.0
    /// How many to try, evenly spread over the logarithm.
    public var decayCount = 10
    /// Steps of one fit at most.
    public var maximumIterations = 200
    /// Which features.
    public var features = FeatureKind.mean

    /// Ten weight decays from 1e-6 to 1.
    public init() {}

    /// Checks the values.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      guard weakestDecay > 0 else { throw InvalidSetting("weakestDecay", "must be above 0, not \(weakestDecay)") }
      guard strongestDecay >= weakestDecay else {
        throw InvalidSetting("strongestDecay", "must be at least \(weakestDecay), not \(strongestDecay)")
      }
      for (key, value) in [("decayCount", decayCount), ("maximumIterations", maximumIterations)] where value < 1 {
        throw InvalidSetting(key, "must be at least 1, not \(value)")
      }
    }

    /// The weight decays to try, from the strongest, whose fit is the easiest start for the next.
    var decays: [Double] {
      let ratio = weakestDecay / strongestDecay
      return (0..<decayCount).map { position in
        strongestDecay * pow(ratio, Double(position) / Double(max(1, decayCount - 1)))
      }
    }
  }

  /// Every tenth training image, class by class, is held out to choose the weight decay.
  private static let heldOutStride = 10

  /// Fits the classifier to the training features and classifies the test images.
  ///
  /// - Parameters:
  ///   - train: features of the training images, with labels.
  ///   - test: features of the test images, with labels.
  ///   - config: the settings.
  ///   - device: where the classifier is fitted; an Apple GPU, which lacks float64, leaves it to the CPU.
  ///   - progress: called after each fit with the fits done and the fits to do; by default a `WorkProgress` is
  ///     reported.
  /// - Throws: ``EvaluationError``, `InvalidSetting`.
  public static func evaluate(
    train: FeatureTable, test: FeatureTable, config: Config = Config(), device: Device = .cpu,
    progress: (Int, Int) -> Void = { WorkProgress.report("fitting the linear probe", done: $0, total: $1) }
  ) throws -> Result {
    try config.validate()
    let device = device.kind == .mps ? .cpu : device
    let pair = try LabelledPair(train: train, test: test, features: config.features, device: device)
    return noGrad {
      let basis = PrincipalBasis(pair.trainFeatures)
      let features = basis.coordinates(of: pair.trainFeatures)
      let search = search(
        features: features, labels: pair.trainLabels, classCount: pair.classCount, variances: basis.variances,
        config: config, progress: progress)
      let all = SoftmaxRegression(
        features: features, labels: pair.trainLabels, classCount: pair.classCount, variances: basis.variances)
      let fit = all.fit(weightDecay: search.best.weightDecay, from: search.bestFit, config.maximumIterations)
      progress(config.decayCount + 1, config.decayCount + 1)
      let score = all.score(
        fit, features: basis.coordinates(of: pair.testFeatures), labels: Tensor(pair.testLabels).to(device))
      return Result(
        top1: score.accuracy.top1, top5: score.accuracy.top5, loss: score.loss, weightDecay: search.best.weightDecay,
        search: search.trials, heldOutCount: search.heldOutCount, converged: fit.converged,
        measuredOn: Measured(train: train, test: test, features: config.features, width: features.shape[1]))
    }
  }

  private struct Search {
    let trials: [Result.Trial]
    let best: Result.Trial
    let bestFit: SoftmaxRegression.Fit
    let heldOutCount: Int
  }

  /// Fits with every weight decay to nine tenths of the training images and classifies the rest.
  private static func search(
    features: Tensor, labels: [Int], classCount: Int, variances: Tensor, config: Config,
    progress: (Int, Int) -> Void
  ) -> Search {
    let heldOut = heldOutIndices(labels)
    let kept = Set(heldOut)
    let fitted = labels.indices.filter { !kept.contains($0) }
    func rows(_ indices: [Int]) -> Tensor { features.indexSelect(0, Tensor(indices).to(features.device)) }
    let regression = SoftmaxRegression(
      features: rows(fitted), labels: fitted.map { labels[$0] }, classCount: classCount, variances: variances)
    let heldOutFeatures = rows(heldOut)
    let heldOutLabels = Tensor(heldOut.map { labels[$0] }).to(features.device)
    var trials: [Result.Trial] = []
    var best: (trial: Result.Trial, fit: SoftmaxRegression.Fit)?
    var fit: SoftmaxRegression.Fit?
    for (position, decay) in config.decays.enumerated() {
      let next = regression.fit(weightDecay: decay, from: fit, config.maximumIterations)
      fit = next
      let score = regression.score(next, features: heldOutFeatures, labels: heldOutLabels)
      let trial = Result.Trial(
        weightDecay: decay, heldOutTop1: score.accuracy.top1, heldOutLoss: score.loss, iterations: next.iterations)
      trials.append(trial)
      if best == nil || trial.isBetter(than: best!.trial) { best = (trial, next) }
      progress(position + 1, config.decayCount + 1)
    }
    return Search(trials: trials, best: best!.trial, bestFit: best!.fit, heldOutCount: heldOut.count)
  }

  /// Every tenth image of a list sorted by class, so that every class gives its share; at least one image.
  private static func heldOutIndices(_ labels: [Int]) -> [Int] {
    let byClass = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
    let first = min(heldOutStride / 2, labels.count - 1)
    return stride(from: first, to: byClass.count, by: heldOutStride).map { byClass[$0] }
  }
}
