public import SplitMaskCore

/// Why a classifier cannot be made or read: what is wrong, where, and what to do about it.
public enum ClassificationError: UserFacingError, Hashable, Sendable {
  /// There is nothing to tell apart.
  case tooFewClasses([String])
  /// The head is to see a class token, and the encoder has none.
  case noClassToken
  /// A file of an encoder alone.
  case noHead(path: String)
  /// The head has another number of classes than there are names.
  case classCountMismatch(path: String, head: Int, names: Int)
  /// One of the file's own strings cannot be understood.
  case badMetadata(path: String, key: String, value: String)
  /// No image was judged.
  case nothingMeasured
  /// Images whose scores are infinite or NaN.
  case nonFiniteScores(count: Int)

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// The message.
  public var description: String {
    switch self {
    case .tooFewClasses(let names):
      """
      there \(names.count == 1 ? "is a single class, '\(names[0])'" : "are no classes"); telling classes apart needs \
      two or more
      """
    case .noClassToken:
      "the encoder has no class token for the head to see; use the mean of its patch tokens"
    case .noHead(let path):
      "\(path) has no 'head.weight' of classes × width, so it is no classifier; fine-tune an encoder to get one"
    case .classCountMismatch(let path, let head, let names):
      "\(path): its head tells \(head) classes apart, but there are \(names) class names; they must be of one data set"
    case .badMetadata(let path, let key, let value):
      "\(path): its metadata has \(key) = \(value), which cannot be understood"
    case .nonFiniteScores(let count):
      """
      the classifier gives infinite scores or NaN for \(count) image\(count == 1 ? "" : "s"), so their classes cannot be told; \
      its training diverged. Use a lower --learning-rate, or --precision float32
      """
    case .nothingMeasured: "no image of the test set could be read, so there is nothing to count"
    }
  }
}
