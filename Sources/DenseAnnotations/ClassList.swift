import Foundation
import ImageData

/// The names of the classes of label maps, from a text file.
///
/// One name a line; or ADE20k's own table, with tabs, a line of headings, and the name and its synonyms in the last column.
struct ClassList {
  private static let fileNames = ["classes.txt", "objectInfo150.txt"]

  let names: [String]

  /// - Throws: `DatasetError` when the file cannot be read or lists no class or more than 254.
  init(_ url: URL) throws {
    guard let text = try? String(contentsOf: url, encoding: .utf8) else {
      throw DatasetError("the list of classes \(url.path) cannot be read: it must be a text file with a name a line")
    }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    if let heading = lines.first, heading.hasPrefix("Idx"), heading.contains("\t") {
      names = lines.dropFirst().map { line in
        let last = line.split(separator: "\t").last.map(String.init) ?? line
        return (last.split(whereSeparator: { ",;".contains($0) }).first ?? "").trimmingCharacters(in: .whitespaces)
      }
    } else {
      names = lines
    }
    // 255 is what is to be ignored, and 0 in the files too.
    guard (1...254).contains(names.count) else {
      throw DatasetError("\(url.path) lists \(names.count) classes, and label maps have 1 to 254")
    }
  }

  /// The list that lies in a data set's folder.
  static func find(in folder: URL) throws -> URL {
    for name in fileNames {
      let file = folder.appending(path: name)
      if FileManager.default.fileExists(atPath: file.path) { return file }
    }
    throw DatasetError("\(folder.path) has no list of classes: put one name a line into classes.txt there")
  }
}
