/// What an accuracy was measured on.
public struct Measured: Codable, Hashable, Sendable {
  /// What made the features, such as the encoder's path.
  public let encoder: String
  /// Which of the encoder's outputs: a ``FeatureKind``, or in words what a protocol takes.
  public let features: String
  /// Values of an image's features.
  public let width: Int
  /// Training images.
  public let trainCount: Int
  /// Test images.
  public let testCount: Int
  /// Classes of the training images.
  public let classCount: Int
  /// Images of both sets that could not be read.
  public let skippedCount: Int

  init(train: FeatureTable, test: FeatureTable, features: FeatureKind, width: Int) {
    encoder = train.source
    self.features = features.rawValue
    self.width = width
    trainCount = train.count
    testCount = test.count
    classCount = train.classNames.count
    skippedCount = train.skipped.count + test.skipped.count
  }

  init(
    encoder: String, features: String, width: Int, trainCount: Int, testCount: Int, classCount: Int, skippedCount: Int
  ) {
    self.encoder = encoder
    self.features = features
    self.width = width
    self.trainCount = trainCount
    self.testCount = testCount
    self.classCount = classCount
    self.skippedCount = skippedCount
  }

  private enum CodingKeys: String, CodingKey {
    case encoder, features, width
    case trainCount = "train_images"
    case testCount = "test_images"
    case classCount = "classes"
    case skippedCount = "skipped_images"
  }

  /// Lines of a table for people.
  var rows: [(String, String)] {
    let kind =
      switch FeatureKind(rawValue: features) {
      case .mean: "mean of the patch tokens"
      case .classToken: "class token"
      case nil: features
      }
    let skipped = skippedCount == 0 ? "" : " (\(grouped(skippedCount)) unreadable images left out)"
    return [
      ("encoder", encoder), ("features", "\(kind), \(width) values"),
      ("training", "\(grouped(trainCount)) images of \(grouped(classCount)) classes"),
      ("test", "\(grouped(testCount)) images\(skipped)"),
    ]
  }
}
