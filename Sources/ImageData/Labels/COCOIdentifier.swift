/// The id of an image, a category or an annotation in a file of COCO's kind: a whole number, kept exactly, or a text.
///
/// COCO's own are numbers, of up to 64 bits in other people's files; several tools write texts. The two never mean the
/// same: `12` is another id than `"12"`. Texts are the same where their bytes are.
public enum COCOIdentifier: Hashable, Sendable {
  /// A whole number.
  case number(Int)
  /// A text.
  case text(String)
}

extension COCOIdentifier {
  /// By value, or byte for byte: text is equal, too, where only the Unicode normalisation differs.
  public static func == (left: COCOIdentifier, right: COCOIdentifier) -> Bool {
    switch (left, right) {
    case (.number(let left), .number(let right)): left == right
    case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
    case (.number, .text), (.text, .number): false
    }
  }

  /// Agrees with `==`.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .number(let number): hasher.combine(number)
    case .text(let text): hasher.combine(Array(text.utf8))
    }
  }
}

extension COCOIdentifier: Comparable {
  /// Numbers by value, before texts by their UTF-8.
  public static func < (left: COCOIdentifier, right: COCOIdentifier) -> Bool {
    switch (left, right) {
    case (.number(let left), .number(let right)): left < right
    case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
    case (.number, .text): true
    case (.text, .number): false
    }
  }
}

extension COCOIdentifier: CustomStringConvertible {
  /// The number or the text itself.
  public var plain: String {
    switch self {
    case .number(let number): "\(number)"
    case .text(let text): text
    }
  }

  /// As it is written in JSON, up to escapes.
  public var description: String {
    switch self {
    case .number: plain
    case .text: "\"\(plain)\""
    }
  }
}

extension COCOIdentifier: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  /// A number.
  public init(integerLiteral value: Int) { self = .number(value) }
  /// A text.
  public init(stringLiteral value: String) { self = .text(value) }
}

extension COCOIdentifier: Codable {
  /// Reads a number or a text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self = try (try? container.decode(String.self)).map(COCOIdentifier.text) ?? .number(container.decode(Int.self))
  }

  /// Writes a number or a text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    }
  }
}
