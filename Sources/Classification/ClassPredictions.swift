public import Foundation
public import ImageData

/// What a classifier takes images for, in the order of their data set.
public struct ClassPredictions: Sendable {
  /// A class and how probable it is.
  public struct Guess: Codable, Hashable, Sendable {
    /// The class.
    public let name: String
    /// 0 to 1; those of all classes add up to 1.
    public let probability: Float

    package init(name: String, probability: Float) {
      (self.name, self.probability) = (name, probability)
    }

    private enum CodingKeys: String, CodingKey {
      case name = "class"
      case probability
    }
  }

  /// An image.
  public struct Image: Hashable, Sendable {
    /// Its path.
    public let name: String
    /// The most probable classes, the best first; none of an image that cannot be read.
    public let guesses: [Guess]
    /// The true class, where the data set knows it and it is one of the classifier's.
    public let label: String?

    package init(name: String, guesses: [Guess], label: String?) {
      (self.name, self.guesses, self.label) = (name, guesses, label)
    }
  }

  /// Every image of the data set.
  public let images: [Image]
  /// What cannot be read, and why.
  public let skipped: [SkippedImage]

  package init(images: [Image], skipped: [SkippedImage]) {
    (self.images, self.skipped) = (images, skipped)
  }

  /// The share of labelled images whose class is the most probable one; nil where none of those that can be read has a
  /// label.
  public var accuracy: Double? {
    let labelled = images.filter { $0.label != nil && !$0.guesses.isEmpty }
    guard !labelled.isEmpty else { return nil }
    return Double(labelled.count { $0.guesses[0].name == $0.label }) / Double(labelled.count)
  }

  /// How many images each class is the most probable of, frequent ones first; classes of none are left out.
  public var counts: [(name: String, count: Int)] {
    let counts = images.compactMap(\.guesses.first).reduce(into: [String: Int]()) { $0[$1.name, default: 0] += 1 }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { (name: $0.key, count: $0.value) }
  }

  /// The places in ``images`` of those whose best guess is the least probable, that one first.
  public func leastCertain(_ count: Int) -> [Int] {
    images.indices.filter { !images[$0].guesses.isEmpty }
      .sorted { (images[$0].guesses[0].probability, $0) < (images[$1].guesses[0].probability, $1) }
      .prefix(count).map { $0 }
  }
}

// MARK: - Files

extension ClassPredictions {
  /// A table of comma-separated values: `path`, `class`, `probability`, further guesses as `class_2`, `probability_2` and so
  /// on, `label` where some image has one. An image that cannot be read has empty fields.
  public func csv() -> Data {
    let guessCount = images.map(\.guesses.count).max() ?? 1
    let hasLabels = images.contains { $0.label != nil }
    let titles = (1...max(1, guessCount)).flatMap {
      $0 == 1 ? ["class", "probability"] : ["class_\($0)", "probability_\($0)"]
    }
    var text = CSVLine.text(["path"] + titles + (hasLabels ? ["label"] : []))
    for image in images {
      let guesses = image.guesses.flatMap { [$0.name, String(format: "%.6f", $0.probability)] }
      let empty = [String](repeating: "", count: titles.count - guesses.count)
      text += CSVLine.text([image.name] + guesses + empty + (hasLabels ? [image.label ?? ""] : []))
    }
    return Data(text.utf8)
  }

  /// A JSON object a line: `path`, `class` and `probability`, null of an image that cannot be read, then with `reason`;
  /// `guesses`, and `label` where the image has one.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public func jsonLines() throws -> Data {
    struct Line: Encodable {
      let image: Image
      let reason: String?

      enum CodingKeys: String, CodingKey {
        case path, probability, guesses, label, reason
        case name = "class"
      }

      func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: CodingKeys.self)
        try line.encode(image.name, forKey: .path)
        try line.encode(image.guesses.first?.name, forKey: .name)
        try line.encode(image.guesses.first?.probability, forKey: .probability)
        try line.encode(image.guesses, forKey: .guesses)
        try line.encodeIfPresent(image.label, forKey: .label)
        try line.encodeIfPresent(reason, forKey: .reason)
      }
    }
    let reasons = Dictionary(
      skipped.compactMap { skipped in skipped.index.map { ($0, skipped.reason) } },
      uniquingKeysWith: { first, _ in first })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try images.indices.reduce(into: Data()) {
      $0 += try encoder.encode(Line(image: images[$1], reason: reasons[$1])) + Data("\n".utf8)
    }
  }
}
