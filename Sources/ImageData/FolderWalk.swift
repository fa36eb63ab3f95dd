import Foundation

/// Finds the image files below a folder, each folder's content in order of name (by bytes).
///
/// Hidden files are passed over. Symbolic links are followed, except to a folder that one is inside of.
struct FolderWalk {
  /// Paths of the images, relative to the folder.
  private(set) var images = NameTable()
  /// Paths of tar files, relative to the folder.
  private(set) var shards: [[UInt8]] = []
  /// The first few names of files that are neither, for an error's text.
  private(set) var otherExamples: [String] = []
  /// How many files are neither.
  private(set) var otherCount = 0
  /// Folders that cannot be listed, with the reason.
  private(set) var problems: [SkippedImage] = []

  private let root: [UInt8]

  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private enum Item {
    case file, folder(Identity)
  }

  /// - Throws: `DatasetError` when the folder itself cannot be listed.
  init(_ path: String) throws {
    root = Array(path.utf8)
    guard case .folder(let identity)? = item(at: root) else { throw DatasetError("\(path) is not a folder") }
    visit([], ancestors: [identity])
    if images.count == 0, shards.isEmpty, otherCount == 0, let problem = problems.first {
      throw DatasetError("\(problem.name): \(problem.reason)")
    }
  }

  private mutating func visit(_ folder: [UInt8], ancestors: Set<Identity>) {
    let path = folder.isEmpty ? root : root + [UInt8(ascii: "/")] + folder
    guard let names = Self.visibleNames(in: path) else {
      let reason = "folder cannot be listed: \(String(cString: strerror(errno)))"
      problems.append(SkippedImage(index: nil, name: String(decoding: path, as: UTF8.self), reason: reason))
      return
    }
    for name in names {
      let relative = folder.isEmpty ? name.bytes : folder + [UInt8(ascii: "/")] + name.bytes
      if name.isRegularFile {
        note(relative)
        continue
      }
      switch item(at: path + [UInt8(ascii: "/")] + name.bytes) {
      case .file: note(relative)
      case .folder(let identity) where !ancestors.contains(identity):
        visit(relative, ancestors: ancestors.union([identity]))
      default: break
      }
    }
  }

  private mutating func note(_ relative: [UInt8]) {
    if ImageSource.isImageName(relative) {
      images.append(relative)
    } else if relative.suffix(4).elementsEqual(".tar".utf8) {
      shards.append(relative)
    } else {
      otherCount += 1
      if otherExamples.count < 5 { otherExamples.append(String(decoding: relative, as: UTF8.self)) }
    }
  }

  private func item(at path: [UInt8]) -> Item? {
    var status = stat()
    guard withCString(path, { stat($0, &status) }) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder(Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)))
    default: return nil
    }
  }

  /// Names in a folder without the hidden ones, sorted; nil when it cannot be listed.
  private static func visibleNames(in path: [UInt8]) -> [(bytes: [UInt8], isRegularFile: Bool)]? {
    guard let stream = withCString(path, { opendir($0) }) else { return nil }
    defer { closedir(stream) }
    var names: [(bytes: [UInt8], isRegularFile: Bool)] = []
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name)!
    while let entry = readdir(stream) {
      let name = UnsafeRawPointer(entry) + nameOffset
      let length = strlen(name.assumingMemoryBound(to: CChar.self))
      let bytes = [UInt8](UnsafeRawBufferPointer(start: name, count: length))
      if bytes.first == UInt8(ascii: ".") { continue }
      names.append((bytes, entry.pointee.d_type == UInt8(DT_REG)))
    }
    return names.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
  }
}

private func withCString<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
  (path + [0]).withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
}
