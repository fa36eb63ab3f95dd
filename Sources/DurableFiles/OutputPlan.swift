package import Foundation
import SplitMaskCore

/// The files that a command is about to write, looked at before any work: no input is written to, nothing that is there
/// is replaced unasked, and the folders are there and can be written to.
package struct OutputPlan {
  private let files: [URL]
  private let key: String

  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64

    init?(_ path: [UInt8]) {
      var status = stat()
      guard (path + [0]).withUnsafeBytes({ stat($0.bindMemory(to: CChar.self).baseAddress!, &status) }) == 0 else {
        return nil
      }
      (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }
  }

  /// - Parameters:
  ///   - files: all of them.
  ///   - key: the option that says where they go, for messages.
  package init(_ files: [URL], key: String = "out") {
    self.files = files
    self.key = key
  }

  /// Checks that nothing is lost.
  ///
  /// A file is told by what it is, not by its path: links, `..` and a file system that does not tell capital letters
  /// apart lead to the same one.
  ///
  /// - Parameters:
  ///   - overwriting: whether what is there may be replaced; input never is.
  ///   - inputs: calls its argument with the path of every file that is read. Called only where one of the files is
  ///     there.
  /// - Throws: `InvalidSetting`, naming the first file that stands in the way.
  package func check(overwriting: Bool, inputs: ((_ note: ([UInt8]) -> Void) -> Void)) throws {
    let present = files.filter(isThere)
    guard !present.isEmpty else { return }
    var places: [Identity: URL] = [:]
    for url in present {
      if let identity = Identity(Array(url.path.utf8)) { places[identity] = url }
    }
    var clash: URL?
    inputs { path in
      if clash == nil, let identity = Identity(path) { clash = places[identity] }
    }
    if let clash {
      throw InvalidSetting(key, "\(clash.path) is read as input, which is never written to; name another place")
    }
    if let folder = present.first(where: isFolder) {
      throw InvalidSetting(
        key, "\(folder.path) is a folder, and a file of that name is to be written; name another place")
    }
    guard overwriting else { throw InvalidSetting(key, Self.refusal(of: present)) }
  }

  /// Makes the folders of the files and makes sure that they can be written to, then marks the files as output.
  ///
  /// - Parameter writer: what writes them, such as `segment predict`; nil where they are no images and need no mark.
  /// - Throws: `FileError`.
  package func prepare(markedBy writer: String? = nil) throws {
    let folders = Dictionary(grouping: files) { $0.deletingLastPathComponent().path }
    for (path, files) in folders.sorted(by: { $0.key < $1.key }) {
      let folder = URL(fileURLWithPath: path, isDirectory: true)
      try Folders.create(folder)
      try Folders.requireWritable(folder)
      guard let writer else { continue }
      try OutputMark.mark(files.map { Array($0.lastPathComponent.utf8) }, in: folder, writer: writer)
    }
  }

  private static func refusal(of present: [URL]) -> String {
    let first = present[0]
    let writer = OutputMark(in: first.deletingLastPathComponent())?.writer(of: Array(first.lastPathComponent.utf8))
    let others = present.count == 1 ? "" : " (and \(present.count - 1) more)"
    let origin = writer.map { "from an earlier \($0)" } ?? "already"
    return "\(first.path)\(others) is there \(origin); --overwrite replaces it, or name another place"
  }

  private func isThere(_ url: URL) -> Bool {
    var status = stat()
    return lstat(url.path, &status) == 0
  }

  private func isFolder(_ url: URL) -> Bool {
    var status = stat()
    return stat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
