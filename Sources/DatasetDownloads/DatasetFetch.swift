import DurableFiles
public import Foundation

/// Downloads a data set into a folder that is whole or not there.
///
/// Archives are kept in FOLDER.part until all are here and verified; then they are unpacked beside each other, the
/// result gets its name in one step, and the archives are removed. Killed at any moment, the same call goes on: with the
/// byte where a download ended, with the archive that was not unpacked.
public struct DatasetFetch {
  /// What a call had to do.
  public enum Outcome: Hashable, Sendable {
    /// The folder is new.
    case fetched
    /// The folder was there already.
    case alreadyThere
  }

  /// What the folder says about itself, in `fetched.json`.
  private struct Record: Codable, Hashable {
    let name: String
    let urls: [URL]
  }

  private let dataset: DownloadableDataset
  private let folder: URL
  private let pieceSize: Int
  private static let recordName = "fetched.json"

  /// - Parameters:
  ///   - dataset: the data set to download.
  ///   - folder: what is to hold the data set; must not exist, or be empty, or be what an earlier call made.
  public init(_ dataset: DownloadableDataset, to folder: URL) {
    self.init(dataset, to: folder, pieceSize: 1 << 28)
  }

  /// - Parameter pieceSize: bytes of one request at most.
  package init(_ dataset: DownloadableDataset, to folder: URL, pieceSize: Int) {
    self.dataset = dataset
    self.folder = folder
    self.pieceSize = pieceSize
  }

  private var workshop: URL {
    folder.deletingLastPathComponent().appendingPathComponent(folder.lastPathComponent + ".part")
  }

  /// Does what is left to do.
  ///
  /// - Parameter progress: called often, also on another thread than the caller's, though never at the same time.
  /// - Throws: ``DownloadError``, `FileError`; what `progress` throws.
  public func run(progress: @escaping (FetchProgress) throws -> Void = { _ in }) throws -> Outcome {
    guard !dataset.files.isEmpty else {
      throw DownloadError.notAvailable(name: dataset.name, instead: dataset.layout)
    }
    if try isThere() { return .alreadyThere }
    try refuseForeignWorkshop()
    try Folders.create(workshop)
    let lock = try WorkshopLock(workshop, for: folder)
    defer { withExtendedLifetime(lock) {} }
    let downloads = dataset.files.map {
      FileDownload(file: $0, destination: workshop.appendingPathComponent($0.name), pieceSize: pieceSize)
    }
    // As many bytes again for what is in the archives: pictures hardly shrink when they are packed.
    let missing = downloads.reduce(0) { $0 + max(0, ($1.file.size ?? 0) - $1.bytesHere) }
    try DiskRoom.require(missing + dataset.knownSize, at: workshop)
    for download in downloads {
      try download.run { activity, done, total in
        try progress(FetchProgress(activity: activity, file: download.file.name, done: done, total: total))
      }
    }
    try unpack(downloads, progress)
    return .fetched
  }

  /// - Throws: ``DownloadError/occupied(path:)`` when something else is there.
  private func isThere() throws -> Bool {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      guard !FileManager.default.fileExists(atPath: folder.path) else {
        throw DownloadError.occupied(path: folder.path)
      }
      return false
    }
    if names.isEmpty { return false }
    let record = try? JSONDecoder().decode(
      Record.self, from: Data(contentsOf: folder.appendingPathComponent(DatasetFetch.recordName)))
    guard record == self.record else { throw DownloadError.occupied(path: folder.path) }
    return true
  }

  /// The workshop is deleted in the end, so that nothing but a fetch's own files may be in it.
  ///
  /// - Throws: ``DownloadError/occupied(path:)``.
  private func refuseForeignWorkshop() throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: workshop.path)) ?? []
    let own = dataset.files.flatMap { file in
      ["", ".part", ".part-version", ".damaged"].map { file.name + $0 }
    }
    guard names.allSatisfy({ own.contains($0) || $0 == "lock" || $0 == "unpacked" }) else {
      throw DownloadError.occupied(path: workshop.path)
    }
  }

  private var record: Record { Record(name: dataset.name, urls: dataset.files.map(\.url)) }

  private func unpack(_ downloads: [FileDownload], _ progress: (FetchProgress) throws -> Void) throws {
    let aside = UnpackFolder(url: workshop.appendingPathComponent("unpacked"))
    try? FileManager.default.removeItem(at: aside.url)
    try aside.makeFolder(aside.url)
    for download in downloads {
      try unpack(download, into: aside, progress)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(record), to: aside.url.appendingPathComponent(DatasetFetch.recordName))
    sync()
    guard rename(aside.url.path, folder.path) == 0 else { throw FileError("write", folder, code: errno) }
    try FileManager.default.removeItem(at: workshop)
  }

  private func unpack(
    _ download: FileDownload, into aside: UnpackFolder, _ progress: (FetchProgress) throws -> Void
  ) throws {
    let archive = download.destination
    do {
      func tell(_ done: Int, _ total: Int) throws {
        try progress(FetchProgress(activity: .unpacking, file: download.file.name, done: done, total: total))
      }
      switch download.file.packing {
      case .none:
        try FileManager.default.copyItem(at: archive, to: aside.url.appendingPathComponent(download.file.name))
      case .tarGzip: try TarUnpacker(archive: archive, folder: aside).run(tell)
      case .zip: try ZipUnpacker(archive: archive, folder: aside).run(tell)
      }
    } catch {
      try? FileManager.default.removeItem(at: aside.url)
      // The archive is of no use; the next call downloads it anew.
      if error is DownloadError { rename(archive.path, archive.appendingPathExtension("damaged").path) }
      throw error
    }
  }
}

/// Keeps other processes out of a download's folder for as long as it lives.
private final class WorkshopLock {
  private let descriptor: Int32

  init(_ workshop: URL, for folder: URL) throws {
    let url = workshop.appendingPathComponent("lock")
    descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("write", url, code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw DownloadError.busy(path: folder.path)
    }
  }

  deinit { close(descriptor) }
}
