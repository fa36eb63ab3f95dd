import Foundation

/// A text file of image paths, in UTF-8, in UTF-16 with its mark, or in whatever bytes the file system has.
struct PathList {
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
      paths.append(path)
      labels.append(trimmed.isEmpty ? nil : trimmed)
    }
  }
}
