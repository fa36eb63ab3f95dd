import Foundation

/// A value of a JSON file for Python, where 1 and 1.0 are of two types: numbers of floating point always have a point or an
/// exponent, which Foundation's encoder leaves away.
enum JSONValue: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByDictionaryLiteral
{
  case bool(Bool)
  case int(Int)
  case double(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(stringLiteral value: String) { self = .text(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int) { self = .int(value) }
  init(floatLiteral value: Double) { self = .double(value) }
  init(dictionaryLiteral values: (String, JSONValue)...) { self = .object(Dictionary(values) { $1 }) }

  /// Numbers.
  static func list(_ values: [Double]) -> JSONValue { .list(values.map { .double($0) }) }
  /// Whole numbers.
  static func list(_ values: [Int]) -> JSONValue { .list(values.map { .int($0) }) }
  /// Texts.
  static func list(_ values: [String]) -> JSONValue { .list(values.map { .text($0) }) }

  /// The value in one line, keys sorted.
  var text: String { text(indent: nil) }

  /// The content of a file, keys sorted, one a line.
  var file: Data { Data((text(indent: 0) + "\n").utf8) }

  private func text(indent: Int?) -> String {
    switch self {
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .text(let value): Self.quoted(value)
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object(let values): Self.object(values.sorted { $0.key < $1.key }, indent: indent)
    }
  }

  private static func object(_ values: [(key: String, value: JSONValue)], indent: Int?) -> String {
    let inner = indent.map { $0 + 2 }
    let entries = values.map { quoted($0.key) + ": " + $0.value.text(indent: inner) }
    guard let indent, let inner, !entries.isEmpty else { return "{" + entries.joined(separator: ", ") + "}" }
    let margin = "\n" + String(repeating: " ", count: inner)
    return "{" + margin + entries.joined(separator: "," + margin) + "\n" + String(repeating: " ", count: indent) + "}"
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case "\n": "\\n"
      case _ where scalar.value < 0x20:
        "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
      default: "\(scalar)"
      }
    }
    return "\"" + escaped.joined() + "\""
  }
}
