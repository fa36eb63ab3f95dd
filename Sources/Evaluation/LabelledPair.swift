import Torch

/// A training and a test set on one device, checked, with the test labels in terms of the training classes.
struct LabelledPair {
  /// `[N, D]` float32.
  let trainFeatures: Tensor
  let trainLabels: [Int]
  /// `[M, D]` float32.
  let testFeatures: Tensor
  let testLabels: [Int]
  let classCount: Int

  init(train: FeatureTable, test: FeatureTable, features: FeatureKind, device: Device) throws {
    guard train.count >= 2 else { throw EvaluationError.tooFewImages(.training, count: train.count, needed: 2) }
    guard test.count >= 1 else { throw EvaluationError.tooFewImages(.test, count: test.count, needed: 1) }
    guard let trainLabels = train.labels, !train.classNames.isEmpty else { throw EvaluationError.noLabels(.training) }
    guard let testLabels = test.labels, !test.classNames.isEmpty else { throw EvaluationError.noLabels(.test) }
    guard Set(trainLabels).count > 1 else {
      throw EvaluationError.singleClass(name: train.classNames[trainLabels[0]])
    }
    self.trainLabels = trainLabels
    self.testLabels = try LabelledPair.matched(testLabels, named: test.classNames, to: train.classNames)
    classCount = train.classNames.count
    trainFeatures = try LabelledPair.checked(train, .training, features).to(device)
    testFeatures = try LabelledPair.checked(test, .test, features).to(device)
    guard trainFeatures.shape[1] == testFeatures.shape[1] else {
      throw EvaluationError.widthMismatch(training: trainFeatures.shape[1], test: testFeatures.shape[1])
    }
  }

  /// Labels of the test set as places in the training set's list of classes, which may be longer or in another order.
  static func matched(_ labels: [Int], named names: [String], to known: [String]) throws -> [Int] {
    let places = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, $0) })
    let unknown = Set(labels).sorted().map { names[$0] }.filter { places[$0] == nil }
    guard unknown.isEmpty else { throw EvaluationError.unknownClasses(names: unknown, known: known) }
    return labels.map { places[names[$0]]! }
  }

  private static func checked(
    _ table: FeatureTable, _ part: EvaluationError.Part, _ kind: FeatureKind
  ) throws -> Tensor {
    try table.checkFinite(kind, part)
    return try table.values(kind)
  }
}
