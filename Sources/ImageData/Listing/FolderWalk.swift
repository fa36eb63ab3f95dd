import DurableFiles
import Foundation
import SplitMaskCore

/// Finds the image files below a folder, each folder's content in order of name (by bytes).
///
/// Hidden files are passed over, and so is a folder below the first that holds a file named `.nomedia`. Symbolic links are
/// followed, except to a folder that one is inside of.
///
/// The program's own output is passed over and counted: what an `OutputMark` names, and a folder below the first that a
/// mark covers or that is a run's (runs of older versions have no mark; one that names `checkpoints` is the run's own).
struct FolderWalk {
  /// Paths of the images, relative to the folder.
  private(set) var images = NameTable()
  /// Paths of tar files, relative to the folder.
  private(set) var shards: [[UInt8]] = []
  /// The files that are neither.
  private(set) var others = FileCounts()
  /// How many images and tar files were passed over because they are the program's own output.
  private(set) var outputsPassedOver = 0
  /// Folders right below the first in which there is no image and no tar file, though nothing says that there should be
  /// none: as classes they would have nothing to learn from.
  private(set) var emptyFolders: [[UInt8]] = []
  /// Folders that cannot be listed and links that lead nowhere, with the reason.
  private(set) var problems: [SkippedImage] = []

  private let root: [UInt8]
  private let heedsMarks: Bool

  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private enum Item {
    case file, folder(Identity), other
    /// Nothing that can be looked at, with the system's error number.
    case unreachable(Int32)
  }

  /// - Parameter heedsMarks: whether folders and files that are marked are passed over.
  /// - Throws: `DatasetError` when the folder itself cannot be listed.
  init(_ path: String, heedsMarks: Bool = true) throws {
    self.heedsMarks = heedsMarks
    root = Array(path.utf8)
    guard case .folder(let identity) = item(at: root) else { throw DatasetError("\(path) is not a folder") }
    visit([], ancestors: [identity])
    if images.count == 0, shards.isEmpty, others.total == 0, outputsPassedOver == 0, let problem = problems.first {
      throw DatasetError("\(problem.name): \(problem.reason)")
    }
  }

  /// - Parameter isOutput: whether everything in the folder is output, which is only counted.
  /// - Returns: whether it was looked into: not where it cannot be listed, or is marked.
  @discardableResult
  private mutating func visit(_ folder: [UInt8], ancestors: Set<Identity>, isOutput: Bool = false) -> Bool {
    let path = folder.isEmpty ? root : root + [UInt8(ascii: "/")] + folder
    guard let listing = Self.list(path) else {
      if isOutput { return false }
      let reason = "folder cannot be listed: \(String(cString: strerror(errno)))"
      problems.append(SkippedImage(index: nil, name: PrintableName.text(path), reason: reason))
      return false
    }
    if heedsMarks && listing.isExcluded && !folder.isEmpty { return false }
    let mark = heedsMarks && listing.isMarked ? OutputMark(in: path) : nil
    let isOutput =
      isOutput
      || heedsMarks && !folder.isEmpty
        && (mark?.coversFolder == true
          || listing.mayBeRun && mark?.writer(of: Self.checkpoints) == nil && Self.isRun(path))
    for name in listing.names {
      let relative = folder.isEmpty ? name.bytes : folder + [UInt8(ascii: "/")] + name.bytes
      // Who names a folder that is output as a whole wants what is in it.
      let isOutput = isOutput || mark?.coversFolder == false && mark?.writer(of: name.bytes) != nil
      if name.isRegularFile {
        note(relative, isOutput: isOutput)
        continue
      }
      switch item(at: path + [UInt8(ascii: "/")] + name.bytes) {
      case .file: note(relative, isOutput: isOutput)
      case .folder(let identity) where !ancestors.contains(identity):
        let before = foundCount
        let isSeen = visit(relative, ancestors: ancestors.union([identity]), isOutput: isOutput)
        if folder.isEmpty && isSeen && foundCount == before { emptyFolders.append(relative) }
      case .unreachable(let code) where !isOutput: noteUnreachable(relative, code: code)
      case .folder, .other, .unreachable: break
      }
    }
    return !isOutput
  }

  private var foundCount: Int { images.count + shards.count + outputsPassedOver }

  /// Names a link that leads nowhere, unless its name says that it is no image.
  private mutating func noteUnreachable(_ relative: [UInt8], code: Int32) {
    let mayHoldImages = !relative.reversed().prefix { $0 != UInt8(ascii: "/") }.contains(UInt8(ascii: "."))
    guard mayHoldImages || ImageSource.isImageName(relative) || Self.isShardName(relative) else { return }
    let name = PrintableName.text(root + [UInt8(ascii: "/")] + relative)
    problems.append(
      SkippedImage(index: nil, name: name, reason: "is a link that leads nowhere: \(String(cString: strerror(code)))"))
  }

  /// Files between two reports of how many were found.
  private static let reportEvery = 2048

  private mutating func note(_ relative: [UInt8], isOutput: Bool) {
    let seen = images.count + shards.count + others.total + outputsPassedOver + 1
    if seen % Self.reportEvery == 0 { WorkProgress.report("listing files", done: seen) }
    if isOutput {
      if ImageSource.isImageName(relative) || Self.isShardName(relative) { outputsPassedOver += 1 }
    } else if ImageSource.isImage(relative, at: root + [UInt8(ascii: "/")] + relative) {
      images.append(relative)
    } else if Self.isShardName(relative) {
      shards.append(relative)
    } else {
      others.add(relative)
    }
  }

  private static func isShardName(_ name: [UInt8]) -> Bool { name.suffix(4).elementsEqual(".tar".utf8) }

  private func item(at path: [UInt8]) -> Item {
    var status = stat()
    let code = BytePath.withCString(path) { stat($0, &status) == 0 ? 0 : errno }
    guard code == 0 else { return .unreachable(code) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder(Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)))
    default: return .other
    }
  }

  private static let checkpoints = Array("checkpoints".utf8)

  /// Whether a folder's `config.yaml` begins as `splitmask` writes it.
  private static func isRun(_ path: [UInt8]) -> Bool {
    let heading = Array("# splitmask ".utf8)
    let head = try? FileBuffer().withBytes(
      ofFile: path + Array("/config.yaml".utf8), range: 0..<heading.count, mayEndEarly: true
    ) { Array($0) }
    return head == heading
  }

  private struct Listing {
    /// Names that are not hidden, sorted.
    var names: [(bytes: [UInt8], isRegularFile: Bool)] = []
    var isExcluded = false
    /// Whether there is an `OutputMark`.
    var isMarked = false
    /// Whether there is what every run has; other programs' runs have it too.
    var mayBeRun: Bool { hasConfiguration && hasCheckpoints }
    fileprivate var hasConfiguration = false
    fileprivate var hasCheckpoints = false

    mutating func noteHidden(_ name: [UInt8]) {
      if name.elementsEqual(ImageDataset.exclusionMark.utf8) { isExcluded = true }
      if name.elementsEqual(OutputMark.fileName.utf8) { isMarked = true }
    }

    mutating func note(_ name: [UInt8], isRegularFile: Bool) {
      if name.elementsEqual("config.yaml".utf8) { hasConfiguration = true }
      if name.elementsEqual(checkpoints) { hasCheckpoints = true }
      names.append((name, isRegularFile))
    }
  }

  /// What is in a folder; nil when it cannot be listed.
  private static func list(_ path: [UInt8]) -> Listing? {
    guard let stream = BytePath.withCString(path, { opendir($0) }) else { return nil }
    defer { closedir(stream) }
    var listing = Listing()
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name)!
    while let entry = readdir(stream) {
      let name = UnsafeRawPointer(entry) + nameOffset
      let length = strlen(name.assumingMemoryBound(to: CChar.self))
      let bytes = [UInt8](UnsafeRawBufferPointer(start: name, count: length))
      if bytes.first == UInt8(ascii: ".") {
        listing.noteHidden(bytes)
      } else {
        listing.note(bytes, isRegularFile: entry.pointee.d_type == UInt8(DT_REG))
      }
    }
    listing.names.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    return listing
  }
}
