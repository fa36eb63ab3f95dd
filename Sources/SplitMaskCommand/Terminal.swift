import Foundation
import Synchronization
import Training

/// Words for people, on standard error; results go to standard output.
enum Terminal {
  /// Whether a person sees standard error as it is written.
  static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 && name.withLock { $0 == nil } }

  /// What this process is called among several, of which another one talks to people.
  private static let name = Mutex<String?>(nil)

  /// From now on only complaints are written, after a name.
  static func beQuiet(as name: String) { self.name.withLock { $0 = name } }

  /// Writes what went wrong.
  static func complain(_ text: String) {
    clearLine()
    let prefix = name.withLock { $0.map { "\($0): " } ?? "" }
    FileHandle.standardError.write(Data((prefix + text + "\n").utf8))
  }

  /// Columns, where they are known.
  private static var width: Int? {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Writes a line.
  static func say(_ text: String) {
    guard name.withLock({ $0 == nil }) else { return }
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// Replaces the last line of a terminal.
  static func show(_ line: String) {
    guard name.withLock({ $0 == nil }) else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
  }

  /// Replaces the last line by a run's state, in the columns there are.
  static func show(_ progress: TrainingProgress) {
    show(ProgressLine(progress).text(width: width.map { $0 - 1 }))
  }

  /// Empties the line that `show` has written.
  static func clearLine() {
    if isInteractive { show("") }
  }

  /// Writes a result on standard output.
  static func print(_ result: String) {
    guard name.withLock({ $0 == nil }) else { return }
    FileHandle.standardOutput.write(Data((result + "\n").utf8))
  }

  /// Writes a result as one JSON object on standard output.
  static func print(json result: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}
