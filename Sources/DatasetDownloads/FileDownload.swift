import DurableFiles
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Downloads one file to a place, going on with what an earlier attempt left there as NAME.part.
///
/// It is asked for in pieces. The client reads on while a piece's bytes wait to be written, so that a disk slower than the
/// network would otherwise fill the memory with the file.
struct FileDownload {
  /// What one request has led to.
  private enum Outcome {
    case whole, more
    /// The part on the disk could not be continued and was removed.
    case dropped
  }

  let file: RemoteFile
  let destination: URL
  /// Bytes of a request at most, where the server lets one choose.
  let pieceSize: Int

  private var part: URL { destination.appendingPathExtension("part") }
  /// What the server called the version of the file that the part is of.
  private var versionFile: URL { destination.appendingPathExtension("part-version") }

  /// Leaves the whole, verified file at `destination`; does nothing when it is there.
  ///
  /// - Throws: ``DownloadError``, `FileError`; what `progress` throws. What has come so far is kept.
  func run(_ progress: @escaping (FetchProgress.Activity, _ done: Int, _ total: Int?) throws -> Void) throws {
    if FileManager.default.fileExists(atPath: destination.path) { return }
    if file.size == nil || FileDownload.size(of: part) != file.size {
      var outcome = try transfer(progress)
      // A part that the server cannot continue is dropped, once.
      if outcome == .dropped { outcome = try transfer(progress) }
      while outcome == .more { outcome = try transfer(progress) }
      guard outcome == .whole else { throw broken("the server does not give the bytes that it is asked for") }
    }
    try verify(progress)
    try FileDownload.rename(part, to: destination)
    unlink(versionFile.path)
  }

  /// The bytes that an earlier attempt left, or the finished file's.
  var bytesHere: Int { max(FileDownload.size(of: destination), FileDownload.size(of: part)) }

  private func transfer(_ progress: @escaping (FetchProgress.Activity, Int, Int?) throws -> Void) throws -> Outcome {
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
    if state.isUseless { return .dropped }
    if let reason { throw broken(reason) }
    if let end = state.end, state.have < end { throw broken("the server ended after \(state.have) of \(end) bytes") }
    try state.output?.synchronize()
    return state.have < state.total ?? 0 ? .more : .whole
  }

  private func request(from start: Int) -> URLRequest {
    var request = URLRequest(url: file.url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 60)
    // Some servers pack what is packed already, and the client would unpack it.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    request.setValue("bytes=\(start)-\(start + pieceSize - 1)", forHTTPHeaderField: "Range")
    if start > 0, let version = try? String(contentsOf: versionFile, encoding: .utf8) {
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
      state.end = state.total
      state.have = 0
    case 206 where range?.start == state.have:
      state.total = range?.total ?? file.size
      state.end = range?.end
    case 416 where range?.total == state.have:
      state.total = state.have
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

  private func broken(_ reason: String) -> DownloadError {
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
  /// Bytes of the whole file.
  var total: Int?
  /// Where the answer ends in the file.
  var end: Int?
  var output: WritableFile?
  /// Whether the part could not be continued and was removed.
  var isUseless = false

  init(have: Int) { self.have = have }
}

/// `bytes 100-199/200`, or `bytes */200`.
private struct ContentRange {
  let start: Int?
  /// Behind the last byte.
  let end: Int?
  let total: Int?

  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, parts[0] == "bytes" else { return nil }
    let halves = parts[1].split(separator: "/")
    guard halves.count == 2 else { return nil }
    let ends = halves[0].split(separator: "-").map { Int($0) }
    start = ends.first ?? nil
    end = ends.count == 2 ? ends[1].map { $0 + 1 } : nil
    total = Int(halves[1])
  }
}
