import Foundation
import SplitMaskCore

/// How many images keep their label, as `--labels` says it: a share such as `1%`, or a number such as `2000`.
public enum LabelAmount: Hashable, Sendable, CustomStringConvertible {
  /// That share of every class, above 0 and at most 1.
  case fraction(Double)
  /// That many images in all, as evenly over the classes as they allow.
  case total(Int)

  /// Reads `1%`, `0.1 %`, `10%` or `2000`.
  ///
  /// - Throws: `InvalidSetting` with the key `labels`.
  public init(_ text: String) throws {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    if trimmed.hasSuffix("%") {
      let number = Double(trimmed.dropLast().trimmingCharacters(in: .whitespaces))
      guard let number, number > 0, number <= 100 else {
        throw InvalidSetting("labels", "'\(text)' is no share above 0% and up to 100%")
      }
      self = .fraction(number / 100)
    } else {
      guard let count = Int(trimmed), count > 0 else {
        throw InvalidSetting("labels", "'\(text)' is neither a share such as 10% nor a number of images such as 2000")
      }
      self = .total(count)
    }
  }

  /// As it is written.
  public var description: String {
    switch self {
    case .fraction(let share): String(format: "%g%%", share * 100)
    case .total(let count): "\(count)"
    }
  }
}

extension LabelAmount: Codable {
  /// From its text, or from a plain number.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let count = try? container.decode(Int.self) {
      try self.init("\(count)")
    } else {
      try self.init(container.decode(String.self))
    }
  }

  /// To its text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
