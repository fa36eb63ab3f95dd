package import Foundation
public import SplitMaskCore

/// A file or folder that the system would not let us read or write.
public struct FileError: UserFacingError, Hashable, Sendable {
  /// What was tried, as in "cannot <action> <path>".
  public let action: String
  /// The file or folder.
  public let path: String
  /// The system's error number.
  public let code: Int32

  package init(_ action: String, _ url: URL, code: Int32) {
    self.action = action
    path = url.path
    self.code = code
  }

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// What was tried, on which path, why it failed and, where we know it, what to do.
  public var description: String {
    let cause = "cannot \(action) \(path): \(String(cString: strerror(code)))"
    return advice.map { "\(cause). \($0)" } ?? cause
  }

  /// Whether the next file would meet the same: the disk is full or faulty, or the process has no more of something.
  package var isOfDevice: Bool {
    [ENOSPC, EDQUOT, EROFS, EIO, ENXIO, ENODEV, ESTALE, EMFILE, ENFILE, ENOMEM].contains(code)
  }

  private var advice: String? {
    switch code {
    case ENOSPC: "The disk is full: free some space or choose a folder on another disk."
    case EDQUOT: "Your quota on this disk is used up: free some space or choose another disk."
    case EROFS: "The disk is mounted read-only: choose a folder on another disk."
    case EACCES, EPERM: "Check who owns it and its permissions, or choose another folder."
    case ENOENT: "Check the spelling of the path, and that its folder exists."
    case ENOTDIR: "A part of the path is a file, not a folder."
    case EISDIR: "It is a folder where a file was expected."
    case EIO: "The disk reports a fault: check it before trusting what it holds."
    default: nil
    }
  }
}
