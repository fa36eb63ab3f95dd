public import ImageCoding
import ImageData

/// Counts how well label maps agree with the true ones (mmsegmentation 0.11, mmseg/core/evaluation/metrics.py).
///
/// Counts are of all pixels of all images together; pixels whose true label is ignored do not count.
public struct SegmentationMetrics: Hashable, Sendable {
  /// The true label of pixels that do not count.
  public static let ignoredLabel: UInt8 = 255

  /// The classes.
  public let classNames: [String]
  /// How many pixels of class `row` were taken for class `column`, `[K, K]`.
  public private(set) var confusion: [Int]

  /// Nothing counted yet, for 1 to 255 classes.
  public init(classNames: [String]) {
    precondition((1...255).contains(classNames.count), "label maps have 1 to 255 classes")
    self.classNames = classNames
    confusion = [Int](repeating: 0, count: classNames.count * classNames.count)
  }

  /// Adds an image.
  ///
  /// - Parameters:
  ///   - prediction: A class for every pixel, also where the truth is ignored.
  ///   - truth: The true class, or ``ignoredLabel``.
  ///   - name: What errors call the image.
  /// - Throws: `DatasetError` when the maps differ in size or hold a number that is no class; nothing is counted then.
  public mutating func add(prediction: LabelMap, truth: LabelMap, name: @autoclosure () -> String) throws {
    guard prediction.width == truth.width, prediction.height == truth.height else {
      throw DatasetError(
        "\(name()): the predicted label map is \(prediction.width) x \(prediction.height) and the true one "
          + "\(truth.width) x \(truth.height)")
    }
    let classCount = classNames.count
    // A cell for every pair of bytes, so that the loop over pixels needs no checks.
    var cells = [Int32](repeating: 0, count: 256 * 256)
    prediction.values.withUnsafeBufferPointer { predicted in
      truth.values.withUnsafeBufferPointer { labels in
        cells.withUnsafeMutableBufferPointer { cells in
          for pixel in 0..<predicted.count { cells[Int(labels[pixel]) << 8 | Int(predicted[pixel])] += 1 }
        }
      }
    }
    for (cell, count) in cells.enumerated() where count > 0 {
      let (label, guess) = (cell >> 8, cell & 255)
      guard guess < classCount, label < classCount || label == Self.ignoredLabel else {
        throw DatasetError("\(name()): \(guess < classCount ? label : guess) is none of the \(classCount) classes")
      }
    }
    for label in 0..<classCount {
      for guess in 0..<classCount { confusion[label * classCount + guess] += Int(cells[label << 8 | guess]) }
    }
  }

  /// What has been counted elsewhere.
  ///
  /// - Parameters:
  ///   - classNames: the classes' names, in the order of their numbers.
  ///   - confusion: how many pixels of class `row` were taken for class `column`, `[K, K]`.
  public init(classNames: [String], confusion: [Int]) {
    precondition(confusion.count == classNames.count * classNames.count, "counts of other classes")
    self.classNames = classNames
    self.confusion = confusion
  }

  /// The figures of all images so far.
  ///
  /// - Throws: `DatasetError` when no pixel was counted.
  public func result() throws -> Result {
    let classes = classNames.indices
    let right = classes.map { confusion[$0 * classes.count + $0] }
    let labelled = classes.map { label in classes.reduce(0) { $0 + confusion[label * classes.count + $1] } }
    let predicted = classes.map { guess in classes.reduce(0) { $0 + confusion[$1 * classes.count + guess] } }
    let total = labelled.reduce(0, +)
    guard total > 0 else {
      throw DatasetError(
        """
        no pixel was measured: every label of every image is to be ignored, or there was no image. What the values of label \
        maps stand for is said by --label-map
        """)
    }
    return Result(
      perClass: classes.map { index in
        let union = labelled[index] + predicted[index] - right[index]
        return Result.Class(
          name: classNames[index], intersectionOverUnion: union == 0 ? nil : Double(right[index]) / Double(union),
          accuracy: labelled[index] == 0 ? nil : Double(right[index]) / Double(labelled[index]), pixels: labelled[index]
        )
      }, allPixelAccuracy: Double(right.reduce(0, +)) / Double(total))
  }
}

extension SegmentationMetrics {
  /// How well label maps agree, 0 to 1. In JSON: `miou`, `macc`, `aacc`, `per_class`.
  public struct Result: Codable, Hashable, Sendable {
    /// One class's figures.
    public struct Class: Codable, Hashable, Sendable {
      /// Its name.
      public let name: String
      /// Pixels rightly of this class, among those that are or were taken for it; nil where there are none.
      public let intersectionOverUnion: Double?
      /// The share of its pixels that were taken for it; nil where it has none.
      public let accuracy: Double?
      /// How many pixels are of this class.
      public let pixels: Int

      private enum CodingKeys: String, CodingKey {
        case name, pixels
        case intersectionOverUnion = "iou"
        case accuracy = "acc"
      }
    }

    /// The mean of the classes' intersection over union, those without any left out.
    public let meanIntersectionOverUnion: Double
    /// The mean of the classes' accuracies, those without any left out.
    public let meanAccuracy: Double
    /// The share of all pixels that are right.
    public let allPixelAccuracy: Double
    /// The classes, in order.
    public let perClass: [Class]

    private enum CodingKeys: String, CodingKey {
      case meanIntersectionOverUnion = "miou"
      case meanAccuracy = "macc"
      case allPixelAccuracy = "aacc"
      case perClass = "per_class"
    }

    fileprivate init(perClass: [Class], allPixelAccuracy: Double) {
      func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
      meanIntersectionOverUnion = mean(perClass.compactMap(\.intersectionOverUnion))
      meanAccuracy = mean(perClass.compactMap(\.accuracy))
      self.allPixelAccuracy = allPixelAccuracy
      self.perClass = perClass
    }
  }
}
