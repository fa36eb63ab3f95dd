public import Foundation

/// The hidden file that says which files beside it are the program's output, so that output is not read as input.
///
/// It covers the whole folder with everything below, or names files and folders in it. It is a text file: lines that start
/// with `#` are for people. Every other line is a name, or `*` for the whole folder; a tab; and what wrote it, such as
/// `segment predict`. In names, all bytes but printable ASCII, and `%`, `*` and `#`, are written as `%` and two
/// hexadecimal digits.
public struct OutputMark: Hashable, Sendable {
  /// What the file is called.
  public static let fileName = ".splitmask-output"

  private static let heading = """
    # splitmask wrote the files named below (* is every file here): lists of images pass over them. Delete this file to \
    have them read.

    """

  private var writers: [[UInt8]: String] = [:]
  private var writerOfAll: String?

  /// Reads the mark of a folder; nil where there is none that can be read.
  ///
  /// - Parameter folder: the path, in bytes because it need not be valid UTF-8.
  package init?(in folder: [UInt8]) {
    guard let text = Self.text(in: folder) else { return nil }
    for line in text.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
      let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
      guard fields.count == 2 else { continue }
      let writer = String(decoding: fields[1], as: UTF8.self)
      if fields[0].elementsEqual("*".utf8) {
        writerOfAll = writer
      } else if let name = Self.unescaped(fields[0]) {
        writers[name] = writer
      }
    }
  }

  /// Reads the mark of a folder; nil where there is none that can be read.
  public init?(in folder: URL) {
    self.init(in: Array(folder.path.utf8))
  }

  /// Whether everything in the folder is output.
  public var coversFolder: Bool { writerOfAll != nil }

  /// What wrote the file or folder of that name; nil where it is no output.
  public func writer(of name: [UInt8]) -> String? { writers[name] ?? writerOfAll }

  /// Marks a folder with everything that is or will be in it.
  ///
  /// - Throws: `FileError`.
  package static func markAll(of folder: URL, writer: String) throws {
    guard OutputMark(in: folder)?.coversFolder != true else { return }
    try append("*\t\(writer)\n", to: folder)
  }

  /// Marks a folder whose writer claims it: with everything in it where nothing else lies there, else the writer's own
  /// folders in it, so that what the user keeps beside them stays visible.
  ///
  /// - Parameter own: names of folders that the writer fills, there or not.
  /// - Throws: `FileError`.
  package static func claim(_ folder: URL, own: [String], writer: String) throws {
    guard let stream = opendir(folder.path) else { throw FileError("read", folder, code: errno) }
    closedir(stream)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    if names.allSatisfy({ $0.hasPrefix(".") || own.contains($0) }) {
      try markAll(of: folder, writer: writer)
    } else if OutputMark(in: folder)?.coversFolder != true {
      try mark(own.map { Array($0.utf8) }, in: folder, writer: writer)
    }
  }

  /// Marks files or folders of a folder, which need not be there yet.
  ///
  /// Several processes may mark files of one folder at once.
  ///
  /// - Parameters:
  ///   - names: as bytes, without a slash.
  ///   - folder: the folder that they are in.
  ///   - writer: what makes the files, such as a program and its version.
  /// - Throws: `FileError`.
  public static func mark(_ names: [[UInt8]], in folder: URL, writer: String) throws {
    let present = OutputMark(in: folder)
    let missing = names.filter { present?.writers[$0] != writer }
    guard !missing.isEmpty || present == nil else { return }
    try append(missing.map { "\(escaped($0))\t\(writer)\n" }.joined(), to: folder)
  }

  private static func append(_ lines: String, to folder: URL) throws {
    let url = folder.appendingPathComponent(fileName)
    let old = text(in: Array(folder.path.utf8)) ?? []
    // A write that was cut leaves a line without its end, which must not become a part of the next.
    let start = old.isEmpty ? heading : old.last == UInt8(ascii: "\n") ? "" : "\n"
    let file = try AppendingFile(url)
    try file.append(Data((start + lines).utf8))
    try file.synchronize()
  }

  private static func text(in folder: [UInt8]) -> [UInt8]? {
    let path = folder + [UInt8(ascii: "/")] + Array(fileName.utf8) + [0]
    let descriptor = path.withUnsafeBytes {
      open($0.baseAddress!.assumingMemoryBound(to: CChar.self), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      guard count > 0 else { return result }
      result += piece[..<count]
    }
  }

  private static func escaped(_ name: [UInt8]) -> String {
    name.map { byte in
      let isPlain = (0x21...0x7e).contains(byte) && !"%*#".utf8.contains(byte)
      return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  /// nil where a `%` is not followed by two digits.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      if byte != UInt8(ascii: "%") {
        result.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
      result.append(value)
      rest = rest.dropFirst(2)
    }
    return result
  }
}
