package import Foundation
import SplitMaskCore

/// A text file of image paths, in UTF-8, in UTF-16 with its mark, or in whatever bytes the file system has.
///
/// A path that could not stand on a line of its own (it holds a line break or another control character, is not valid
/// UTF-8, or begins with `"` or `#`) stands in double quotes, as `PrintableName` writes it.
package struct PathList {
  /// Paths as written: absolute, or relative to the list's folder.
  private(set) var paths = NameTable()
  /// The label after the tab, for each path that has one.
  private(set) var labels: [String?] = []

  /// Blank lines and lines that start with `#` are passed over; a carriage return at a line's end too.
  ///
  /// - Throws: `ImageError` when the file cannot be read.
  init(path: String) throws {
    let text = try TextEncoding.utf8(FileBuffer().withBytes(ofFile: Array(path.utf8)) { Array($0) })
    for var line in text.lazy.split(separator: UInt8(ascii: "\n")) {
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      guard let first = line.first, first != UInt8(ascii: "#") else { continue }
      let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
      guard let path = fields.first, !path.allSatisfy({ $0 == UInt8(ascii: " ") }) else { continue }
      let label = fields.count == 2 ? TextLines.text(fields[1]) : ""
      let trimmed = label.trimmingCharacters(in: .whitespaces)
      if let name = Self.unquoted(path) { paths.append(name) } else { paths.append(path) }
      labels.append(trimmed.isEmpty ? nil : trimmed)
    }
  }

  /// The text of a list, a path a line in the order given.
  package static func text(of paths: some Sequence<[UInt8]>) -> Data {
    var text = Data()
    for path in paths {
      text.append(contentsOf: line(of: path))
      text.append(UInt8(ascii: "\n"))
    }
    return text
  }

  /// A path as it stands on its line.
  package static func line(of path: [UInt8]) -> [UInt8] {
    let text = PrintableName.text(path)
    let standsAlone =
      text.utf8.elementsEqual(path) && path.first != quote && path.first != UInt8(ascii: "#")
      && !path.allSatisfy { $0 == UInt8(ascii: " ") } && !path.starts(with: "\u{feff}".utf8)
    return standsAlone ? path : [quote] + text.utf8 + [quote]
  }

  /// The path that a quoted one stands for; nil where the text is none.
  private static func unquoted(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
    guard text.count > 2, text.first == quote, text.last == quote else { return nil }
    return String(validating: text.dropFirst().dropLast(), as: UTF8.self).map { PrintableName.bytes(of: $0) }
  }

  private static let quote = UInt8(ascii: "\"")
}
