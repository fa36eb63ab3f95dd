public import SplitMaskCore

/// Why features cannot be evaluated: what is wrong, where, and what to do about it.
public enum EvaluationError: UserFacingError, Hashable, Sendable {
  /// Which of the two sets of images an error is about.
  public enum Part: String, Hashable, Sendable {
    case training = "the training set"
    case test = "the test set"
  }

  /// The images have no classes.
  case noLabels(Part)
  /// All training images are of one class.
  case singleClass(name: String)
  /// The test set has classes that the training set lacks.
  case unknownClasses(names: [String], known: [String])
  /// A set has no readable image, or too few of them.
  case tooFewImages(Part, count: Int, needed: Int)
  /// More neighbours are asked for than there are training images.
  case tooManyNeighbors(k: Int, trainingCount: Int)
  /// Rows hold values that are infinite or not numbers.
  case nonFiniteFeatures(Part?, count: Int, example: String)
  /// Training and test features have another number of values, so they are of two encoders.
  case widthMismatch(training: Int, test: Int)
  /// Features of a kind that was not extracted.
  case missingFeatures(FeatureKind)
  /// A trained probe's loss is no longer finite after an epoch, counted from 1.
  case probeDiverged(epoch: Int)
  /// The encoder has no class token to take features from.
  case noClassToken
  /// An encoder with fresh weights was asked for without saying of which shape.
  case noShapeForRandom

  /// The data is wrong, or what was asked.
  public var exitStatus: ExitStatus { self == .noShapeForRandom ? .usage : .badData }

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .noLabels(let part):
      "\(part.rawValue) has no classes; put the images of each class into a folder of their own, CLASS/image.jpg"
    case .singleClass(let name):
      "the training set has a single class, '\(name)'; telling classes apart needs two or more folders of images"
    case .unknownClasses(let names, let known):
      """
      the test set has \(names.count) class\(names.count == 1 ? "" : "es") that the training set lacks: \
      \(shown(names)); the training set has \(shown(known)). Give both sets the same folder names
      """
    case .tooFewImages(let part, let count, let needed):
      "\(part.rawValue) has \(count) readable image\(count == 1 ? "" : "s"); at least \(needed) are needed"
    case .tooManyNeighbors(let k, let trainingCount):
      "\(k) neighbours are asked for among \(trainingCount) training images; use --k \(trainingCount) or less"
    case .nonFiniteFeatures(let part, let count, let example):
      """
      the encoder gives infinite values or NaN for \(count) image\(count == 1 ? "" : "s")\
      \(part.map { " of \($0.rawValue)" } ?? ""), such as \(example); its weights are damaged or its training diverged. Use an earlier checkpoint, or float32 precision
      """
    case .widthMismatch(let training, let test):
      "the training features have \(training) values, the test features \(test); extract both with the same encoder"
    case .missingFeatures(let kind):
      "features of kind '\(kind.rawValue)' were not extracted; name them when extracting"
    case .probeDiverged(let epoch):
      """
      the classifier's loss is not finite in epoch \(epoch); use a lower --learning-rate. If that does not help, the \
      encoder gives values that are not finite
      """
    case .noClassToken:
      "the encoder has no class token; use the mean of its patch tokens, features '\(FeatureKind.mean.rawValue)'"
    case .noShapeForRandom:
      "a random encoder needs a shape: name a run or file that it is to be like (--like), or a model (--model)"
    }
  }

  private func shown(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
  }
}
