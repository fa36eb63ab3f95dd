public import SplitMaskCore

/// Why a data set was not downloaded: what is wrong, where, and what to do about it.
public enum DownloadError: UserFacingError, Hashable, Sendable {
  /// Its makers do not let everyone download it; the text says how to bring it.
  case notAvailable(name: String, instead: String)
  /// The place holds something else.
  case occupied(path: String)
  /// Another process is downloading to the same place.
  case busy(path: String)
  /// The disk lacks room.
  case noRoom(needed: Int, free: Int, path: String)
  /// The server answered with an error.
  case refused(url: String, status: Int)
  /// The server could not be reached, or the connection broke.
  case broken(url: String, reason: String, kept: Int)
  /// The server's file has another size than the one that is known.
  case wrongSize(url: String, expected: Int, found: Int)
  /// The content is not the published one.
  case wrongChecksum(url: String, expected: String, found: String, kept: String)
  /// The archive cannot be read.
  case damaged(archive: String, reason: String)
  /// The archive has a member that must not be unpacked.
  case unsafe(archive: String, member: String, reason: String)

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .notAvailable(let name, let instead): "\(name) cannot be downloaded freely. \(instead)"
    case .occupied(let path): "\(path) is there already and is no finished download of this; choose another --out"
    case .busy(let path): "another download to \(path) is at work; wait for it, or choose another --out"
    case .noRoom(let needed, let free, let path):
      "\(gigabytes(needed)) are needed for the archive and its content at \(path), \(gigabytes(free)) are free"
    case .refused(let url, let status):
      "\(url) answers with HTTP status \(status)\(advice(status)); what was downloaded so far is kept"
    case .broken(let url, let reason, let kept):
      "\(url): \(reason). \(gigabytes(kept)) are kept; the same command goes on from there"
    case .wrongSize(let url, let expected, let found):
      "\(url) has \(found) bytes, not \(expected): it is another file than the one that was published"
    case .wrongChecksum(let url, let expected, let found, let kept):
      """
      what came from \(url) adds up to \(found), not to the published \(expected); it is set aside as \(kept). \
      The same command downloads it anew
      """
    case .damaged(let archive, let reason): "\(archive) cannot be unpacked: \(reason)"
    case .unsafe(let archive, let member, let reason):
      "\(archive) has the member '\(member)', \(reason); nothing of it is unpacked"
    }
  }

  private func advice(_ status: Int) -> String {
    switch status {
    case 404, 410: ": the file is not there any more"
    case 401, 403: ": it is not open to everyone"
    case 429, 500...: ": try again later"
    default: ""
    }
  }

  private func gigabytes(_ bytes: Int) -> String {
    if bytes < 1_000_000 { return "\(bytes) bytes" }
    let megabytes = Double(bytes) / 1e6
    return megabytes < 1000 ? "\(Int(megabytes)) MB" : "\((megabytes / 100).rounded() / 10) GB"
  }
}
