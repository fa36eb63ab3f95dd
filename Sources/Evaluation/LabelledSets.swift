import ImageData

/// A training and a test set of images whose classes fit each other.
struct LabelledSets {
  let classCount: Int
  /// The class of every test image, as a place in the training set's list of classes.
  let testLabels: [Int]

  init(train: ImageDataset, test: ImageDataset) throws {
    guard train.count >= 2 else { throw EvaluationError.tooFewImages(.training, count: train.count, needed: 2) }
    guard test.count >= 1 else { throw EvaluationError.tooFewImages(.test, count: test.count, needed: 1) }
    let trainLabels = try LabelledSets.labels(of: train, .training)
    guard Set(trainLabels).count > 1 else {
      throw EvaluationError.singleClass(name: train.classNames[trainLabels[0]])
    }
    classCount = train.classNames.count
    testLabels = try LabelledPair.matched(
      LabelledSets.labels(of: test, .test), named: test.classNames, to: train.classNames)
  }

  private static func labels(of dataset: ImageDataset, _ part: EvaluationError.Part) throws -> [Int] {
    try (0..<dataset.count).map { index in
      guard let label = dataset.label(of: index) else { throw EvaluationError.noLabels(part) }
      return Int(label)
    }
  }
}
