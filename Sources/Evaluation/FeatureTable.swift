public import ImageData
public import Torch

/// Which of an encoder's outputs describes an image.
public enum FeatureKind: String, Codable, Hashable, Sendable, CaseIterable {
  /// The mean of the patch tokens after the last normalisation.
  ///
  /// The default everywhere: pretraining by inpainting trains the patch tokens, and the class token only through them.
  case mean
  /// The class token after the last normalisation, as DINO's evaluation has it (facebookresearch/dino, eval_knn.py).
  case classToken = "cls"
}

/// The features of a set of images, one row an image, in the data set's order.
public struct FeatureTable {
  /// The images' names, one a row.
  public let names: [String]
  /// The images' classes as places in ``classNames``, one a row; nil when the images have none.
  public let labels: [Int]?
  /// The names of the classes.
  public let classNames: [String]
  /// What made the features, in words, such as the encoder's path.
  public let source: String
  /// The images that could not be read and have no row.
  public let skipped: [SkippedImage]
  private let tensors: [FeatureKind: Tensor]

  /// - Parameters:
  ///   - values: features of each kind, `[N, D]` float32 on the CPU, one row for each name.
  ///   - names: the images' names.
  ///   - labels: the images' classes as places in `classNames`; nil when they have none.
  ///   - classNames: the classes' names.
  ///   - source: what made the features, in words.
  ///   - skipped: the images that could not be read.
  public init(
    _ values: [FeatureKind: Tensor], names: [String], labels: [Int]? = nil, classNames: [String] = [],
    source: String, skipped: [SkippedImage] = []
  ) {
    precondition(values.values.allSatisfy { $0.rank == 2 && $0.shape[0] == names.count }, "one row for each name")
    precondition(labels == nil || labels!.count == names.count, "one label for each name")
    tensors = values
    self.names = names
    self.labels = labels
    self.classNames = classNames
    self.source = source
    self.skipped = skipped
  }

  /// The number of rows.
  public var count: Int { names.count }

  /// The kinds of features there are.
  public var kinds: [FeatureKind] { FeatureKind.allCases.filter { tensors[$0] != nil } }

  /// The features of a kind, `[N, D]` float32 on the CPU.
  ///
  /// - Throws: ``EvaluationError/missingFeatures(_:)``.
  public func values(_ kind: FeatureKind) throws -> Tensor {
    guard let values = tensors[kind] else { throw EvaluationError.missingFeatures(kind) }
    return values
  }

  /// Checks that every row can be used.
  ///
  /// - Parameter part: what errors call the images, where they are one of two sets.
  /// - Throws: ``EvaluationError/nonFiniteFeatures(_:count:example:)``, ``EvaluationError/missingFeatures(_:)``.
  func checkFinite(_ kind: FeatureKind, _ part: EvaluationError.Part? = nil) throws {
    let isFinite = try noGrad { try values(kind).absolute().maximum([1]).isFinite() }
    if isFinite.all().item() != 0 { return }
    let rows = isFinite.array(of: Bool.self).enumerated().filter { !$0.element }.map(\.offset)
    throw EvaluationError.nonFiniteFeatures(part, count: rows.count, example: names[rows[0]])
  }
}
