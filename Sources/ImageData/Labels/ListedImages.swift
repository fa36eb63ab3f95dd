import Foundation

/// Images that a file names, with their classes; what each format of labels is read into.
struct ListedImages {
  /// The list, as it was given, for messages.
  let source: String
  /// The folder that the names are relative to; empty for the working folder.
  let root: String
  private(set) var names: [String] = []
  /// The class of each image that has one.
  private(set) var classes: [String?] = []
  /// What the list says of images that it does not have.
  var problems: [SkippedImage] = []

  init(source: String, root: String) {
    self.source = source
    self.root = root
  }

  mutating func append(_ name: String, class className: String?) {
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
      let path = Self.path(name, in: root)
      if access(path, F_OK) == 0 { found.append(name, class: className) } else { missing.append(path) }
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
  /// A line with its number, counted from 1 over all lines.
  typealias Line = (number: Int, text: String)

  let lines: [Line]

  /// - Throws: `DatasetError` when the file cannot be read.
  init(path: String) throws {
    self.init(try Self.bytes(of: path))
  }

  init(_ bytes: some Collection<UInt8>) {
    var lines: [Line] = []
    let pieces = Self.withoutMark(bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, piece) in pieces.enumerated() {
      let text = String(decoding: piece, as: UTF8.self).trimmingCharacters(in: .whitespaces.union(.newlines))
      if !text.isEmpty, !text.hasPrefix("#") { lines.append((index + 1, text)) }
    }
    self.lines = lines
  }

  /// A whole file.
  static func bytes(of path: String) throws -> [UInt8] {
    do {
      return try FileBuffer().withBytes(ofFile: Array(path.utf8)) { Array($0) }
    } catch { throw DatasetError("\(path): \(error)") }
  }

  /// Without the byte order mark that some editors begin a file with.
  static func withoutMark<Bytes: Collection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    return bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
  }
}
