/// The paper's numbers, in the rows and columns in which an experiment's own are written beside them.
public struct PublishedTable: Hashable, Sendable {
  /// A published number, or what the paper says in its place, such as `diverged`.
  public enum Value: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral
  {
    case number(Double)
    case words(String)

    /// A number with a decimal.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    /// Words.
    public init(stringLiteral value: String) { self = .words(value) }
  }

  /// The names of the rows, in order.
  public let rows: [String]
  /// The names of the columns, in order.
  public let columns: [String]
  private let values: [[Value?]]

  /// - Parameters:
  ///   - columns: The names of the columns.
  ///   - rows: Names with a value for every column; nil where the paper has none.
  init(columns: [String], _ rows: [(String, [Value?])]) {
    precondition(rows.allSatisfy { $0.1.count == columns.count }, "a row has a value too many or too few")
    self.columns = columns
    self.rows = rows.map(\.0)
    values = rows.map(\.1)
  }

  /// The value of a row and column; nil where the paper has none.
  public func value(row: String, column: String) -> Value? {
    guard let row = rows.firstIndex(of: row), let column = columns.firstIndex(of: column) else { return nil }
    return values[row][column]
  }
}

extension PublishedTable.Value: Codable {
  /// From a number or a text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .words(try container.decode(String.self))
    }
  }

  /// To a number or a text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .words(let words): try container.encode(words)
    }
  }
}
