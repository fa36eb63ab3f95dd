import Foundation

/// Numbers as people read them.
package enum HumanReadable {
  /// The two largest units of a duration: `41s`, `3m 20s`, `2h 05m`, `4d 03h`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "?" }
    guard seconds < 1e12 else { return "ages" }
    let whole = Int(seconds.rounded())
    let (minutes, hours, days) = (whole / 60, whole / 3600, whole / 86400)
    return switch whole {
    case ..<60: "\(whole)s"
    case ..<3600: "\(minutes)m \(twoDigits(whole % 60))s"
    case ..<86400: "\(hours)h \(twoDigits(minutes % 60))m"
    default: "\(days)d \(twoDigits(hours % 24))h"
    }
  }

  /// A size in decimal units, which disks are sold by: `812 B`, `1.4 GB`.
  package static func byteCount(_ bytes: Int) -> String {
    var value = Double(bytes)
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    var unit = 0
    // By the rounded value, so that nothing reads as 1000 of a unit.
    while unit < units.count - 1, (unit == 0 ? value : value.rounded()) >= 1000 {
      value /= 1000
      unit += 1
    }
    let text = unit == 0 || value >= 99.95 ? "\(Int(value.rounded()))" : fixed(value, 1)
    return "\(text) \(units[unit])"
  }

  /// A count with its thousands apart: `1,281,167`.
  package static func count(_ count: Int) -> String {
    let digits = Array(String(count.magnitude))
    var text = count < 0 ? "-" : ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A number with four significant digits: `8.912`, `0.0015`, `1.5e-06`.
  package static func number(_ value: Double) -> String {
    let isCount = value.rounded() == value && abs(value) < 1e7
    return String(format: isCount ? "%.0f" : "%.4g", locale: nil, value)
  }

  package static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", locale: nil, value)
  }

  /// A word as a shell takes it.
  package static func shellWord(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || "0123456789/._-+,=@%:".unicodeScalars.contains($0)
    }
    return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
