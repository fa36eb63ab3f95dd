import Foundation
public import SplitMaskCore
import Yams

/// Why a YAML text cannot be read.
public struct ConfigurationSyntaxError: UserFacingError, Hashable, Sendable {
  /// The file, or the assignment on the command line.
  public let source: String
  /// What is wrong, and where.
  public let problem: String

  /// What was asked is wrong.
  public var exitStatus: ExitStatus { .usage }

  /// Where and what.
  public var description: String { "\(source): \(problem)" }
}

extension ConfigurationTree {
  /// Reads one YAML document.
  ///
  /// Plain scalars have YAML 1.2's types (`no` is text, `1e-3` a number).
  ///
  /// - Parameters:
  ///   - yaml: the document.
  ///   - source: What errors call the text, such as its file.
  /// - Throws: `ConfigurationSyntaxError`.
  public init(yaml: String, source: String) throws {
    do {
      self = try Yams.compose(yaml: yaml).map { try Self(node: $0, source: source) } ?? .null
    } catch let error as YamlError {
      throw ConfigurationSyntaxError(source: source, problem: Self.problem(error))
    }
  }

  /// This tree as a YAML document, fields in their order, lists of plain values on one line.
  ///
  /// - Parameters:
  ///   - header: Lines of comment above it.
  ///   - remarks: Comments behind settings, by their key paths.
  public func yaml(header: [String] = [], remarks: [String: String] = [:]) -> String {
    let comments = header.map { $0.isEmpty ? "#\n" : "# \($0)\n" }.joined()
    let text = serialized(node)
    return comments + (remarks.isEmpty ? text : Self.remarked(text, remarks))
  }

  /// The text of a tree of maps, with comments behind the lines of some settings.
  private static func remarked(_ text: String, _ remarks: [String: String]) -> String {
    var path: [Substring] = []
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let depth = line.prefix { $0 == " " }.count / 2
      guard let colon = line.firstIndex(of: ":"), depth <= path.count else { return String(line) }
      path = path.prefix(depth) + [line[..<colon].drop { $0 == " " }]
      return remarks[path.joined(separator: ".")].map { "\(line)  # \($0)" } ?? String(line)
    }.joined(separator: "\n")
  }

  /// This tree on one line.
  package var inlineYAML: String {
    serialized(flowNode).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func serialized(_ node: Node) -> String {
    do {
      return try Yams.serialize(node: node, indent: 2, width: -1, allowUnicode: true)
    } catch {
      preconditionFailure("a tree of plain values is always valid YAML: \(error)")
    }
  }

  private static func problem(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line), column \(mark.column): \(problem)"
    case .duplicatedKeysInMapping(let duplicates, let context):
      "'\(duplicates.joined(separator: "', '"))' is set twice, in the group at line \(context.mark.line)"
    default: "\(error)".split(separator: "\n").first.map(String.init) ?? "it is not YAML"
    }
  }
}

// From YAML.
extension ConfigurationTree {
  private init(node: Node, source: String) throws {
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      self = isPlain ? Self(plainScalar: scalar.string) : .text(scalar.string)
    case .sequence(let items):
      self = .list(try items.map { try Self(node: $0, source: source) })
    case .mapping(let pairs):
      self = .map(
        try pairs.map { key, value in
          guard case .scalar(let name) = key else {
            throw ConfigurationSyntaxError(source: source, problem: "\(Self.line(key))a setting's name must be text")
          }
          return Field(name.string, try Self(node: value, source: source))
        })
    case .alias:
      throw ConfigurationSyntaxError(source: source, problem: "\(Self.line(node))aliases are not supported")
    }
  }

  private static func line(_ node: Node) -> String { node.mark.map { "line \($0.line): " } ?? "" }

  /// The core schema of YAML 1.2, https://yaml.org/spec/1.2.2/#103-core-schema, and `_` between digits.
  init(plainScalar text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    case ".inf", ".Inf", ".INF", "+.inf": self = .number(.infinity)
    case "-.inf", "-.Inf", "-.INF": self = .number(-.infinity)
    case ".nan", ".NaN", ".NAN": self = .number(.nan)
    default: self = Self.parseNumber(text) ?? .text(text)
    }
  }

  private static func parseNumber(_ text: String) -> ConfigurationTree? {
    let isNumberLike = text.allSatisfy { $0.isASCII && ($0.isHexDigit || "+-._xo".contains($0)) }
    guard isNumberLike, let first = text.first, first != "_", text.last != "_" else { return nil }
    let digits = text.replacing("_", with: "")
    if digits.hasPrefix("0x") { return Int128(digits.dropFirst(2), radix: 16).map { .integer($0) } }
    if digits.hasPrefix("0o") { return Int128(digits.dropFirst(2), radix: 8).map { .integer($0) } }
    if let value = Int128(digits) { return .integer(value) }
    return digits.contains("x") ? nil : Double(digits).map { .number($0) }
  }
}

// To YAML.
extension ConfigurationTree {
  private var node: Node {
    switch self {
    case .list(let items):
      let style: Node.Sequence.Style = items.contains { $0.fields != nil } ? .block : .flow
      return .sequence(Node.Sequence(items.map(\.node), .implicit, style))
    case .map(let fields):
      return .mapping(Node.Mapping(fields.map { (Self.scalar($0.name), $0.value.node) }))
    default: return .scalar(scalar)
    }
  }

  private var flowNode: Node {
    switch self {
    case .list(let items): .sequence(Node.Sequence(items.map(\.flowNode), .implicit, .flow))
    case .map(let fields):
      .mapping(Node.Mapping(fields.map { (Self.scalar($0.name), $0.value.flowNode) }, .implicit, .flow))
    default: .scalar(scalar)
    }
  }

  private var scalar: Node.Scalar {
    switch self {
    case .null, .list, .map: Node.Scalar("null")
    case .bool(let value): Node.Scalar("\(value)")
    case .integer(let value): Node.Scalar("\(value)")
    case .number(let value): Node.Scalar(Self.spell(value))
    case .text(let text): Node.Scalar(text, .implicit, Self.readsAsText(text) ? .any : .singleQuoted)
    }
  }

  private static func scalar(_ name: String) -> Node { .scalar(ConfigurationTree.text(name).scalar) }

  /// Whether `text` without quotes is text for us and for readers of YAML 1.1.
  private static func readsAsText(_ text: String) -> Bool {
    guard case .text = ConfigurationTree(plainScalar: text) else { return false }
    return Resolver.default.resolveTag(of: Node(text)) == .str
  }

  /// The shortest decimal that reads back as `value`, in a form that YAML 1.1 readers take for a number too.
  private static func spell(_ value: Double) -> String {
    if value.isNaN { return ".nan" }
    if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
    let text = "\(value)"
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }
}
