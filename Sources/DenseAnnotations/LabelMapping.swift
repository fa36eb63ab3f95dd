import ImageData

/// Which class each value that label maps store stands for.
///
/// As settings have it: `one-based`, `zero-based`, or pairs such as `{0: 1, 255: 2}`; it is written as text,
/// `0: 1, 255: 2`.
public enum LabelMapping: Hashable, Sendable {
  /// ADE20k's: 1 is the first class; 0 and 255 are ignored.
  case oneBased
  /// 0 is the first class; 255 is ignored.
  case zeroBased
  /// The number of every value that occurs, as ``oneBased`` counts: 1 is the first class, 0 ignores the value.
  case table([UInt8: UInt8])

  /// The index of the class that a value stands for, 255 where it is ignored; nil where it stands for nothing.
  func label(of value: UInt8, classCount: Int) -> UInt8? {
    let ignored = SegmentationMetrics.ignoredLabel
    let number: UInt8
    switch self {
    case .oneBased: number = value
    case .zeroBased: return value == ignored || Int(value) < classCount ? value : nil
    case .table(let table):
      guard let mapped = table[value] else { return nil }
      number = mapped
    }
    if number == 0 || number == ignored { return ignored }
    return Int(number) <= classCount ? number - 1 : nil
  }

  /// The value that stands for a class: the least where there are several.
  ///
  /// - Parameter label: the class's index.
  public func value(of label: UInt8) -> UInt8 {
    switch self {
    case .oneBased: return label + 1
    case .zeroBased: return label
    case .table(let table):
      guard let value = table.filter({ $0.value == label + 1 }).keys.min() else {
        preconditionFailure("a table with a value for every class")
      }
      return value
    }
  }

  /// What a value stands for, to follow the value in an error's text, where it stands for nothing.
  func refusal(of value: UInt8, classCount: Int) -> String {
    switch self {
    case .oneBased:
      """
      and there are \(classCount) classes (1 is the first; 0 and 255 are ignored). List the missing classes, or say what \
      the values stand for, such as --label-map "0: 1, \(value): 2"
      """
    case .zeroBased: "and there are \(classCount) classes, 0 the first of them (255 is ignored)"
    case .table: "which data.labelMap does not name; \"\(value): 0\" there ignores it"
    }
  }

  /// Checks that the classes are those of a list.
  ///
  /// - Throws: `DatasetError` when a value stands for a class that is not in the list, or a class has no value.
  func check(classNames: [String]) throws {
    guard case .table(let table) = self else { return }
    for (value, number) in table.sorted(by: { $0.key < $1.key })
    where number != SegmentationMetrics.ignoredLabel && Int(number) > classNames.count {
      throw DatasetError(
        "data.labelMap has \(value): \(number), and \(classNames.count) classes are listed: 1 is the first, 0 ignores")
    }
    for (index, name) in classNames.enumerated() where !table.values.contains(UInt8(index + 1)) {
      throw DatasetError("data.labelMap has no value for class \(index + 1), '\(name)'")
    }
  }
}

extension LabelMapping: CustomStringConvertible {
  private static let oneBasedName = "one-based"
  private static let zeroBasedName = "zero-based"

  /// As settings have it.
  public var description: String {
    switch self {
    case .oneBased: Self.oneBasedName
    case .zeroBased: Self.zeroBasedName
    case .table(let table):
      table.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }
  }

  /// Reads ``description``; nil for any other text.
  public init?(_ text: String) {
    switch text {
    case Self.oneBasedName: self = .oneBased
    case Self.zeroBasedName: self = .zeroBased
    default:
      let trimmed = text.trimmingPrefix("{")
      let pairs = (trimmed.last == "}" ? trimmed.dropLast() : trimmed).split(separator: ",").map { pair in
        pair.split(separator: ":", omittingEmptySubsequences: false).map { UInt8($0.filter { !$0.isWhitespace }) }
      }
      var table: [UInt8: UInt8] = [:]
      for pair in pairs {
        guard pair.count == 2, let value = pair[0], let number = pair[1],
          table.updateValue(number, forKey: value) == nil
        else { return nil }
      }
      guard !table.isEmpty else { return nil }
      self = .table(table)
    }
  }
}

extension LabelMapping: Codable {
  private struct Value: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads a text, or a group of values with their numbers.
  public init(from decoder: any Decoder) throws {
    let text: String
    if let group = try? decoder.container(keyedBy: Value.self) {
      text = try group.allKeys.map { "\($0.stringValue): \(try group.decode(UInt8.self, forKey: $0))" }
        .joined(separator: ", ")
    } else {
      text = try decoder.singleValueContainer().decode(String.self)
    }
    guard let mapping = LabelMapping(text) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "it is one-based, zero-based, or values of 0 to 255 with their numbers, such as "
            + "{0: 1, 255: 2}, each once"))
    }
    self = mapping
  }

  /// Writes ``description``.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
