import DurableFiles
import Foundation
import SplitMaskCore

/// Images that a file names, with their classes; what each format of labels is read into.
struct ListedImages {
  /// The list, as it was given, for messages.
  let source: String
  /// The folder that the names are relative to; empty for the working folder.
  let root: String
  /// As bytes, since the names of files need not be valid UTF-8.
  private(set) var names: [[UInt8]] = []
  /// The class of each image that has one.
  private(set) var classes: [String?] = []
  /// What the list says of images that it does not have.
  var problems: [SkippedImage] = []

  init(source: String, root: String) {
    self.source = source
    self.root = root
  }

  mutating func append(_ name: [UInt8], class className: String?) {
    names.append(name)
    classes.append(className)
  }

  /// The images whose files are there; each of the others becomes a problem.
  ///
  /// - Throws: `DatasetError` when more than half are missing: then it is the folder that is wrong.
  func present() throws -> ListedImages {
    var found = ListedImages(source: source, root: root)
    found.problems = problems
    var missing: [String] = []
    for (name, className) in zip(names, classes) {
      let path = BytePath.joined(Array(root.utf8), name)
      if BytePath.withCString(path, { access($0, F_OK) }) == 0 {
        found.append(name, class: className)
      } else {
        missing.append(PrintableName.text(path))
      }
    }
    guard missing.count * 2 <= names.count else {
      throw DatasetError(
        """
        \(missing.count) of the \(names.count) images that \(source) lists are not there, such as \(missing[0]); put \
        the list where its paths start, or the images where it says
        """)
    }
    found.problems += missing.map {
      SkippedImage(index: nil, name: $0, reason: "is listed in \(source), but there is no such file")
    }
    return found
  }

  static func path(_ name: String, in root: String) -> String {
    root.isEmpty || name.hasPrefix("/") ? name : root == "/" ? "/" + name : root + "/" + name
  }

  /// The folder that a file lies in; empty for the working folder.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// The lines of a text file that say something: no blank ones, none that starts with `#`.
struct TextLines {
  /// A line with its number, counted from 1 over all lines, and its bytes as `PrintableName` writes them.
  typealias Line = (number: Int, text: String)

  let lines: [Line]

  /// - Throws: `DatasetError` when the file cannot be read.
  init(path: String) throws {
    self.init(try Self.bytes(of: path))
  }

  init(_ bytes: some Collection<UInt8>) {
    var lines: [Line] = []
    let pieces = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, piece) in pieces.enumerated() {
      let text = Self.text(piece).trimmingCharacters(in: .whitespaces.union(.newlines))
      if !text.isEmpty, !text.hasPrefix("#") { lines.append((index + 1, text)) }
    }
    self.lines = lines
  }

  /// A line or a field as text from which `PrintableName` makes its bytes again. Tabs, which it would write as `\x09`, are
  /// what parts lines.
  static func text(_ bytes: some Collection<UInt8>) -> String {
    bytes.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { piece in
      let isEnded = piece.last == UInt8(ascii: "\r")
      return PrintableName.text(isEnded ? piece.dropLast() : piece) + (isEnded ? "\r" : "")
    }.joined(separator: "\t")
  }

  /// A whole file, as UTF-8 without a mark.
  static func bytes(of path: String) throws -> [UInt8] {
    do {
      return try TextEncoding.utf8(FileBuffer().withBytes(ofFile: Array(path.utf8)) { Array($0) })
    } catch { throw DatasetError("\(path): \(error)") }
  }
}
