import SplitMaskCore
public import Torch

/// Classification by the nearest training images, DINO's protocol (facebookresearch/dino, eval_knn.py): cosine
/// similarity, each of the k nearest votes for its class with weight exp(similarity / temperature).
///
/// Nothing is trained, so the number shows what the features hold without any fit. DINO takes the class token; here the
/// mean of the patch tokens is the default (``FeatureKind/mean``).
public enum NearestNeighbors {
  /// The settings.
  public struct Config: Codable, Hashable, Sendable {
    /// Numbers of neighbours to evaluate; the first is the one reported as the result.
    public var k = [20]
    /// Divides the similarities in the votes.
    public var temperature = 0.07
    /// Which features.
    public var features = FeatureKind.mean

    /// DINO's 20 neighbours and temperature.
    public init() {}

    /// DINO's 10, 20, 100 and 200 neighbours as far as there are training images, 20 first since that is the number
    /// usually reported; 20 alone where there are not even ten.
    public static func automaticK(trainingCount: Int) -> [Int] {
      let fitting = [20, 10, 100, 200].filter { $0 <= trainingCount }
      return fitting.isEmpty ? [20] : fitting
    }

    /// Checks the values.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      guard let least = k.min() else { throw InvalidSetting("k", "at least one number of neighbours is needed") }
      guard least >= 1 else { throw InvalidSetting("k", "must be at least 1, not \(least)") }
      guard temperature > 0 else { throw InvalidSetting("temperature", "must be above 0, not \(temperature)") }
    }
  }

  /// Memory for the similarities of one block of test images.
  private static let blockBytes = 64 << 20

  /// Classifies the test images by the training images.
  ///
  /// - Parameters:
  ///   - train: features of the training images, with labels.
  ///   - test: features of the test images, with labels.
  ///   - config: the settings.
  ///   - device: where the similarities are computed.
  /// - Throws: ``EvaluationError``, `InvalidSetting`.
  public static func evaluate(
    train: FeatureTable, test: FeatureTable, config: Config = Config(), device: Device = .cpu
  ) throws -> Result {
    try config.validate()
    let pair = try LabelledPair(train: train, test: test, features: config.features, device: device)
    let largest = config.k.max()!
    guard largest <= train.count else {
      throw EvaluationError.tooManyNeighbors(k: largest, trainingCount: train.count)
    }
    let accuracies = noGrad { vote(pair, config: config, device: device) }
    return Result(
      byK: zip(config.k, accuracies).map { .init(k: $0, top1: $1.top1, top5: $1.top5) },
      temperature: config.temperature,
      measuredOn: Measured(train: train, test: test, features: config.features, width: pair.trainFeatures.shape[1]))
  }

  /// One accuracy for each k of the settings.
  private static func vote(_ pair: LabelledPair, config: Config, device: Device) -> [RankAccuracy] {
    let bank = pair.trainFeatures.normalized(1).transposed(0, 1)
    let bankLabels = Tensor(pair.trainLabels).to(device)
    let labels = Tensor(pair.testLabels).to(device)
    var accuracies = config.k.map { RankAccuracy(depth: $0) }
    let rows = max(1, blockBytes / (4 * max(pair.trainLabels.count, pair.classCount)))
    for start in stride(from: 0, to: pair.testLabels.count, by: rows) {
      let count = min(rows, pair.testLabels.count - start)
      WorkProgress.report("finding the neighbours of images", done: start, total: pair.testLabels.count)
      let queries = pair.testFeatures.narrowed(0, start: start, count: count).normalized(1)
      let nearest = queries.matmul(bank).topK(config.k.max()!)
      let classes = bankLabels.indexSelect(0, nearest.indices.reshaped([-1])).reshaped(nearest.indices.shape)
      let votes = (nearest.values / config.temperature).exponential()
      for (position, k) in config.k.enumerated() {
        let scores = Tensor.zeros([count, pair.classCount], device: device)
        scores.scatterAddInPlace(
          1, classes.narrowed(1, start: 0, count: k), votes.narrowed(1, start: 0, count: k))
        accuracies[position].add(scores: scores, labels: labels.narrowed(0, start: start, count: count))
      }
    }
    return accuracies
  }
}
