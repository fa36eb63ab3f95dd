import DurableFiles
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Downloads one file to a place, going on with what an earlier attempt left there as NAME.part.
struct FileDownload {
  let file: RemoteFile
  let destination: URL

  private var part: URL { destination.appendingPathExtension("part") }
  /// What the server called the version of the file that the part is of.
  private var versionFile: URL { destination.appendingPathExtension("part-version") }

  /// Leaves the whole, verified file at `destination`; does nothing when it is there.
  ///
  /// - Throws: ``DownloadError``, `FileError`; what `progress` throws. What has come so far is kept.
  func run(_ progress: @escaping (FetchProgress.Activity, _ done: Int, _ total: Int?) throws -> Void) throws {
    if FileManager.default.fileExists(atPath: destination.path) { return }
    if file.size == nil || FileDownload.size(of: part) != file.size {
      // A part that the server cannot continue is dropped, once.
      if try !transfer(progress) { _ = try transfer(progress) }
    }
    try verify(progress)
    try FileDownload.rename(part, to: destination)
    unlink(versionFile.path)
  }

  /// The bytes that an earlier attempt left, or the finished file's.
  var bytesHere: Int { max(FileDownload.size(of: destination), FileDownload.size(of: part)) }

  /// - Returns: false when the part on the disk was of no use and is gone.
  private func transfer(_ progress: @escaping (FetchProgress.Activity, Int, Int?) throws -> Void) throws -> Bool {
    if let size = file.size, FileDownload.size(of: part) > size { unlink(part.path) }
    let state = TransferState(have: FileDownload.size(of: part))
    let reason = try HTTPTransfer(
      onResponse: { try begin(state, $0) },
      onData: { data in
        try data.withUnsafeBytes { try state.output?.write($0) }
        state.have += data.count
        if let total = state.total, state.have > total {
          throw DownloadError.wrongSize(url: file.url.absoluteString, expected: total, found: state.have)
        }
        try progress(.downloading, state.have, state.total)
      }
    ).run(request(from: state.have))
    if state.isUseless { return false }
    if let reason { throw broken(reason, state) }
    if let total = state.total, state.have < total, !state.isComplete {
      throw broken("the server ended after \(state.have) of \(total) bytes", state)
    }
    try state.output?.synchronize()
    return true
  }

  private func request(from start: Int) -> URLRequest {
    var request = URLRequest(url: file.url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 60)
    // Some servers pack what is packed already, and the client would unpack it.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    guard start > 0 else { return request }
    request.setValue("bytes=\(start)-", forHTTPHeaderField: "Range")
    if let version = try? String(contentsOf: versionFile, encoding: .utf8) {
      request.setValue(version, forHTTPHeaderField: "If-Range")
    }
    return request
  }

  /// Looks at the head of the answer: what comes, and where it belongs.
  private func begin(_ state: TransferState, _ response: HTTPURLResponse) throws {
    let range = response.value(forHTTPHeaderField: "Content-Range").flatMap(ContentRange.init)
    switch response.statusCode {
    case 200:
      // The whole file, from its beginning: also what a server answers that knows no ranges.
      state.total = response.value(forHTTPHeaderField: "Content-Length").flatMap { Int($0) } ?? file.size
      state.have = 0
    case 206 where range?.start == state.have:
      state.total = range?.total ?? file.size
    case 416 where range?.total == state.have:
      state.total = state.have
      state.isComplete = true
      return
    case 206, 416:
      unlink(part.path)
      state.isUseless = true
      return
    default:
      throw DownloadError.refused(url: file.url.absoluteString, status: response.statusCode)
    }
    if let size = file.size, let total = state.total, total != size {
      throw DownloadError.wrongSize(url: file.url.absoluteString, expected: size, found: total)
    }
    if let total = state.total { try DiskRoom.require(total - state.have, at: part.deletingLastPathComponent()) }
    state.output = try WritableFile(part, keeping: state.have > 0)
    keepVersion(response)
  }

  /// A strong entity tag lets the next attempt ask for the rest of the same version only.
  private func keepVersion(_ response: HTTPURLResponse) {
    let version = response.value(forHTTPHeaderField: "ETag").flatMap { $0.hasPrefix("W/") ? nil : $0 }
    if let version {
      try? Data(version.utf8).write(to: versionFile)
    } else {
      unlink(versionFile.path)
    }
  }

  private func verify(_ progress: (FetchProgress.Activity, Int, Int?) throws -> Void) throws {
    let size = FileDownload.size(of: part)
    if let expected = file.size, size != expected {
      throw DownloadError.wrongSize(url: file.url.absoluteString, expected: expected, found: size)
    }
    guard let checksum = file.checksum else { return }
    let found = try checksum.sum(of: part) { try progress(.verifying, $0, size) }
    guard found == checksum else {
      let aside = destination.appendingPathExtension("damaged")
      try FileDownload.rename(part, to: aside)
      throw DownloadError.wrongChecksum(
        url: file.url.absoluteString, expected: "\(checksum)", found: "\(found)", kept: aside.path)
    }
  }

  private func broken(_ reason: String, _ state: TransferState) -> DownloadError {
    .broken(url: file.url.absoluteString, reason: reason, kept: FileDownload.size(of: part))
  }

  private static func size(of url: URL) -> Int {
    var status = stat()
    return lstat(url.path, &status) == 0 ? Int(status.st_size) : 0
  }

  private static func rename(_ source: URL, to destination: URL) throws {
    guard Foundation.rename(source.path, destination.path) == 0 else {
      throw FileError("write", destination, code: errno)
    }
  }
}

/// Where a transfer is; used by its one serial queue, then by the caller.
private final class TransferState {
  var have: Int
  var total: Int?
  var output: WritableFile?
  /// Whether the server says that the part is the whole file.
  var isComplete = false
  /// Whether the part could not be continued and was removed.
  var isUseless = false

  init(have: Int) { self.have = have }
}

/// `bytes 100-199/200`, or `bytes */200`.
private struct ContentRange {
  let start: Int?
  let total: Int?

  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, parts[0] == "bytes" else { return nil }
    let halves = parts[1].split(separator: "/")
    guard halves.count == 2 else { return nil }
    start = halves[0].split(separator: "-").first.flatMap { Int($0) }
    total = Int(halves[1])
  }
}
