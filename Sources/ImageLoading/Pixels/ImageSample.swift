import ImageData

/// The images of a data set that were looked at before a run, and which of them cannot be read.
struct ImageSample {
  private var looked: Set<Int> = []
  private var problems: [Int: SkippedImage] = [:]

  /// How many were looked at.
  var count: Int { looked.count }

  /// The first that cannot be read.
  var firstProblem: SkippedImage? { problems.min { $0.key < $1.key }?.value }

  /// Notes that an image of a data set was looked at, and what kept it from being read.
  mutating func look(at index: Int, of images: ImageDataset, problem: (any Error)? = nil) {
    looked.insert(index)
    guard let problem else { return }
    problems[index] = SkippedImage(index: index, name: images.name(of: index), reason: "\(problem)")
  }

  /// Both together; an image that one of them could not read cannot be read.
  func union(_ other: ImageSample) -> ImageSample {
    var result = self
    result.looked.formUnion(other.looked)
    result.problems.merge(other.problems) { own, _ in own }
    return result
  }

  /// What a plan says of those that cannot be read; nil where there are none.
  var note: String? {
    guard let first = firstProblem else { return nil }
    return problems.count == 1
      ? "cannot be read: \(first)" : "\(problems.count) of \(count) cannot be read, such as \(first)"
  }
}
