import DurableFiles
package import Foundation

/// `skipped-images.txt`: a line for each image that could not be read, its name, a tab, and the reason.
///
/// Tabs and line ends in a name or a reason are written `\t`, `\n` and `\r`, and a backslash twice.
package final class SkippedImagesFile {
  private let url: URL
  private var file: AppendingFile?
  private var names: Set<String> = []

  /// Takes up the file at `url`, which is made when there is something to write.
  ///
  /// - Throws: `FileError`.
  package init(_ url: URL) throws {
    self.url = url
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    let bytes = try MappedFile(url).withBytes { Data($0) }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines.dropLast() {
      names.insert(String(decoding: line.prefix { $0 != UInt8(ascii: "\t") }, as: UTF8.self))
    }
    // A crash in the middle of a line: the image is met again.
    if let cut = lines.last, !cut.isEmpty { try AtomicFile.write(bytes.dropLast(cut.count), to: url) }
  }

  /// How many images the file names.
  package var count: Int { names.count }

  /// Writes an image, once.
  ///
  /// - Returns: Whether it was new.
  /// - Throws: `FileError`.
  @discardableResult
  package func record(name: String, reason: String) throws -> Bool {
    let name = Self.escape(name)
    guard names.insert(name).inserted else { return false }
    let file = try file ?? AppendingFile(url)
    self.file = file
    try file.append(Data("\(name)\t\(Self.escape(reason))\n".utf8))
    return true
  }

  private static func escape(_ text: String) -> String {
    [("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")].reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}
