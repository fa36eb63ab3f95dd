/// An error that a person is shown as it is.
///
/// Its description says what is wrong, where, and what to do.
public protocol UserFacingError: Error, CustomStringConvertible {
  /// What a program that ends with it tells its caller.
  var exitStatus: ExitStatus { get }
}

/// What a program's exit code means; the numbers of sysexits.h.
public enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
  /// The command line or a setting is wrong.
  case usage = 64
  /// The data or a file is wrong.
  case badData = 65
  /// Another process of the same run was lost.
  case peerLost = 69
  /// A fault of the program.
  case ownFault = 70
  /// The machine has too little memory.
  case outOfMemory = 71
  /// Stopped by a signal; what was trained is saved.
  case interrupted = 75
}
