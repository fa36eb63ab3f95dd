/// What of a data set's annotations cannot be used: how many of which kind, with examples.
public struct AnnotationReport: Codable, Hashable, Sendable, CustomStringConvertible {
  /// What can be wrong.
  public enum Problem: String, CaseIterable, Codable, CodingKeyRepresentable, Hashable, Sendable {
    /// Left out: what lies in an image that the file does not list.
    case imageNotListed
    /// Left out, with their annotations: images whose file is not in the folder.
    case imageFileMissing
    /// Left out: annotations whose box is not four finite numbers, and which have no mask to take one from.
    case boxNotFinite
    /// Left out: boxes of no width or no height.
    case boxEmpty
    /// Left out: boxes of which no part is in the image.
    case boxOutsideImage
    /// Left out: label maps without an image.
    case labelMapWithoutImage
    /// An error: a category that the file does not list.
    case categoryNotListed
    /// An error: a mask whose runs do not add up to its image, or are no runs at all.
    case runLengths
    /// An error: a polygon of fewer than three points, of an odd number of coordinates, or of impossible ones.
    case polygon

    /// Whether a data set with this problem is refused: to leave such things out would change what it says.
    public var isError: Bool {
      switch self {
      case .categoryNotListed, .runLengths, .polygon: true
      default: false
      }
    }

    fileprivate func text(_ count: Int) -> String {
      switch self {
      case .imageNotListed: "\(count) annotations of images that are not listed"
      case .imageFileMissing: "\(count) images whose file is missing"
      case .boxNotFinite: "\(count) boxes that are not four finite numbers"
      case .boxEmpty: "\(count) boxes without area"
      case .boxOutsideImage: "\(count) boxes outside their image"
      case .labelMapWithoutImage: "\(count) label maps without an image"
      case .categoryNotListed: "\(count) annotations of categories that are not listed"
      case .runLengths: "\(count) masks whose run lengths do not fit their image"
      case .polygon: "\(count) polygons of fewer than three points or of impossible ones"
      }
    }
  }

  /// How many examples are kept of each kind.
  package static let exampleLimit = 5

  /// How often each problem was met.
  public private(set) var counts: [Problem: Int] = [:]
  /// The first few of each, by name.
  public private(set) var examples: [Problem: [String]] = [:]

  /// Nothing wrong yet.
  public init() {}

  /// Whether nothing is wrong.
  public var isEmpty: Bool { counts.isEmpty }

  /// How many things were left out.
  package var droppedCount: Int { counts.reduce(0) { $0 + ($1.key.isError ? 0 : $1.value) } }

  /// Notes one thing that is wrong.
  mutating func add(_ problem: Problem, _ example: @autoclosure () -> String) {
    counts[problem, default: 0] += 1
    if examples[problem, default: []].count < Self.exampleLimit { examples[problem, default: []].append(example()) }
  }

  /// The part of the report that makes a data set useless; with `strict` all of it.
  func errors(strict: Bool) -> AnnotationReport? {
    var part = self
    if !strict {
      part.counts = counts.filter { $0.key.isError }
      part.examples = examples.filter { $0.key.isError }
    }
    return part.isEmpty ? nil : part
  }

  /// One line for each kind: how many, then the examples.
  public var description: String {
    Problem.allCases.compactMap { problem in
      counts[problem].map { count in
        let more = count > Self.exampleLimit ? ", …" : ""
        return "\(problem.text(count)): \(examples[problem, default: []].joined(separator: "; "))\(more)"
      }
    }.joined(separator: "\n")
  }
}
