public import Torch

/// Counts how well scores tell classes apart.
///
/// What batches add stays on their device, a few values an image; only ``result()`` waits for it.
public struct ClassificationMetrics {
  /// The true class's rank by score, the predicted class and the true class of every image, `[N]` int64 each.
  private var ranks: [Tensor] = []
  private var predictions: [Tensor] = []
  private var labels: [Tensor] = []
  /// 1 for every image with a score that is not finite, else 0, `[N]` int64.
  private var unusable: [Tensor] = []
  private let classNames: [String]

  /// Nothing counted yet.
  public init(classNames: [String]) {
    self.classNames = classNames
  }

  /// Adds images.
  ///
  /// Among equal scores the class that comes first ranks first. Scores that are not finite make ``result()`` throw.
  ///
  /// - Parameters:
  ///   - scores: `[B, K]`.
  ///   - labels: `[B]` int64 on the same device.
  public mutating func add(scores: Tensor, labels: Tensor) {
    noGrad {
      let wanted = labels.unsqueezed(1)
      let own = scores.gathered(1, wanted)
      let classes = Tensor.range(0, scores.shape[1], device: scores.device)
      // Classes that the true one is at least as good as: lower in score, or equal and not before it.
      let tied = scores.isEqual(to: own).to(.int64) * wanted.isGreater(than: classes).logicalNot().to(.int64)
      let beaten = own.isGreater(than: scores).to(.int64) + tied
      ranks.append(-beaten.sum([1]) + classNames.count)
      predictions.append(scores.argmax(1))
      self.labels.append(labels)
      unusable.append(scores.absolute().maximum([1]).isFinite().logicalNot().to(.int64))
    }
  }

  /// Adds the images of all processes.
  public mutating func merge(_ processes: ProcessGroup) {
    guard !processes.isAlone else { return }
    func all(_ parts: [Tensor]) -> [Tensor] {
      let own = parts.isEmpty ? Tensor.zeros([0], dtype: .int64) : Tensor.concatenate(parts).to(.cpu)
      let rows = processes.gatheredUnevenly(own)
      return rows.elementCount == 0 ? [] : [rows]
    }
    (ranks, predictions, labels, unusable) = (all(ranks), all(predictions), all(labels), all(unusable))
  }

  /// The figures of all images so far. Waits for the device.
  ///
  /// - Throws: ``ClassificationError/nothingMeasured``, ``ClassificationError/nonFiniteScores(count:)``.
  public func result() throws -> Result {
    guard !labels.isEmpty else { throw ClassificationError.nothingMeasured }
    func values(_ parts: [Tensor]) -> [Int] { Tensor.concatenate(parts).array(of: Int.self) }
    let unusableCount = values(unusable).reduce(0, +)
    guard unusableCount == 0 else { throw ClassificationError.nonFiniteScores(count: unusableCount) }
    return Result(
      classNames: classNames, ranks: values(ranks), predictions: values(predictions), labels: values(labels))
  }

  /// How well classes were told apart.
  public struct Result: Codable, Hashable, Sendable {
    /// A pair of classes and how often the second was taken for the first.
    public struct Confusion: Codable, Hashable, Sendable {
      /// The true class.
      public let label: String
      /// What it was taken for.
      public let prediction: String
      /// How many images.
      public let count: Int
    }

    /// Images counted.
    public let imageCount: Int
    /// Percent of images whose class scores highest.
    public let top1: Double
    /// Percent of images whose class is among the five that score highest.
    public let top5: Double
    /// Percent of each class's images whose class scores highest; nil where the class has no image.
    public let perClass: [Double?]
    /// The mean of `perClass` over the classes that have images.
    public let meanPerClass: Double
    /// The classes, in the order of `perClass`.
    public let classNames: [String]
    /// Every pair of a true class and another that it was taken for, the most frequent first.
    public let confusions: [Confusion]

    private let counts: [Cell]

    private enum CodingKeys: String, CodingKey {
      case top1, top5, confusions
      case imageCount = "images"
      case perClass = "per_class"
      case meanPerClass = "mean_per_class"
      case classNames = "class_names"
      case counts = "confusion_cells"
    }

    /// One cell of the matrix that is not zero.
    private struct Cell: Codable, Hashable {
      let label: Int
      let prediction: Int
      let count: Int
    }

    fileprivate init(classNames: [String], ranks: [Int], predictions: [Int], labels: [Int]) {
      self.classNames = classNames
      imageCount = labels.count
      top1 = Self.percent(ranks.count { $0 == 0 }, of: labels.count)
      top5 = Self.percent(ranks.count { $0 < 5 }, of: labels.count)
      var images = [Int](repeating: 0, count: classNames.count)
      var right = images
      var cells: [Int: Int] = [:]
      for (position, label) in labels.enumerated() {
        images[label] += 1
        if ranks[position] == 0 { right[label] += 1 }
        cells[label * classNames.count + predictions[position], default: 0] += 1
      }
      let shares = zip(right, images).map { $1 == 0 ? nil : Self.percent($0, of: $1) }
      perClass = shares
      let known = shares.compactMap { $0 }
      meanPerClass = known.reduce(0, +) / Double(known.count)
      counts = cells.sorted { $0.key < $1.key }.map { place, count in
        Cell(label: place / classNames.count, prediction: place % classNames.count, count: count)
      }
      confusions = counts.filter { $0.label != $0.prediction }.sorted { ($1.count, $0.label) < ($0.count, $1.label) }
        .map { Confusion(label: classNames[$0.label], prediction: classNames[$0.prediction], count: $0.count) }
    }

    /// How often class `row` was taken for class `column`, `[K][K]`.
    public var confusionMatrix: [[Int]] {
      let empty = [Int](repeating: 0, count: classNames.count)
      var matrix = [[Int]](repeating: empty, count: classNames.count)
      for cell in counts { matrix[cell.label][cell.prediction] = cell.count }
      return matrix
    }

    private static func percent(_ part: Int, of whole: Int) -> Double { 100 * Double(part) / Double(whole) }
  }
}
