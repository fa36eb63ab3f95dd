import Foundation
import SplitMaskCore
import Synchronization
import Training

/// Words for people, on standard error; results go to standard output. Any thread may write.
enum Terminal {
  private struct State {
    /// What this process is called among several, of which only the first prints.
    var name: String?
    /// What makes the status line for a number of columns; nil while there is none.
    var status: (@Sendable (Int) -> String)?
    /// When the status line last changed.
    var changed = ContinuousClock.now
    /// Redraws a status line that has not changed for a while, so that it shows how long.
    var ticker: (any DispatchSourceTimer)?
  }

  private static let state = Mutex(State())
  /// After how long the status line shows for how long it has not changed.
  private static let quietTime = Duration.seconds(3)

  /// Whether a person sees standard error as it is written.
  static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 && state.withLock { $0.name == nil } }

  /// From now on only complaints are written, after a name.
  static func beQuiet(as name: String) { state.withLock { $0.name = name } }

  /// Writes what went wrong.
  static func complain(_ text: String) {
    state.withLock { state in
      erase(&state)
      // An error about this very process names it already.
      let prefix = state.name.map { text.hasPrefix("error: \($0) ") || text.hasPrefix("\($0) ") ? "" : "\($0): " } ?? ""
      write(fitted(prefix + text, to: STDERR_FILENO) + "\n")
    }
  }

  /// Writes a message, in lines of the terminal's width.
  static func say(_ text: String) {
    state.withLock { state in
      guard state.name == nil else { return }
      erase(&state)
      write(fitted(text, to: STDERR_FILENO) + "\n")
    }
  }

  /// Replaces the status line; nothing where nobody sees it.
  static func show(_ line: String) {
    show { String(line.prefix($0)) }
  }

  /// Replaces the status line by a run's state, in the columns there are.
  static func show(_ progress: TrainingProgress) {
    let line = ProgressLine(progress)
    show { line.text(width: $0) }
  }

  private static func show(_ status: @escaping @Sendable (Int) -> String) {
    guard isInteractive else { return }
    state.withLock { state in
      (state.status, state.changed) = (status, .now)
      draw(state)
      if state.ticker == nil { state.ticker = makeTicker() }
    }
  }

  /// Empties the status line.
  static func clearLine() {
    state.withLock { erase(&$0) }
  }

  /// Writes a result on standard output.
  static func print(_ result: String) {
    state.withLock { state in
      guard state.name == nil else { return }
      erase(&state)
      FileHandle.standardOutput.write(Data((result + "\n").utf8))
    }
  }

  /// Writes sentences and facts on standard output, in lines of the terminal's width.
  static func print(prose: String) { print(fitted(prose, to: STDOUT_FILENO)) }

  /// Writes a result as one JSON object on standard output.
  static func print(json result: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}

extension Terminal {
  /// Columns of a stream; nil where it is no terminal, or of unknown width.
  private static func columns(of stream: Int32) -> Int? {
    guard isatty(stream) == 1 else { return nil }
    var size = winsize()
    if ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  private static func fitted(_ text: String, to stream: Int32) -> String {
    columns(of: stream).map { HumanReadable.wrapped(text, columns: $0) } ?? text
  }

  private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  private static func erase(_ state: inout State) {
    guard state.status != nil else { return }
    state.status = nil
    write("\r\u{1B}[K")
  }

  private static func draw(_ state: State) {
    guard let status = state.status else { return }
    let quiet = ContinuousClock.now - state.changed
    let clock = quiet < quietTime ? "" : "  (\(HumanReadable.duration(quiet / .seconds(1))))"
    // The last column stays free: a terminal may begin a new line behind it.
    let room = max(1, (columns(of: STDERR_FILENO) ?? 80) - 1 - clock.count)
    write("\r\u{1B}[K" + status(room) + clock)
  }

  private static func makeTicker() -> any DispatchSourceTimer {
    let ticker = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "splitmask.status"))
    ticker.schedule(deadline: .now() + 1, repeating: 1)
    ticker.setEventHandler {
      state.withLock { state in
        if state.status != nil, ContinuousClock.now - state.changed >= quietTime { draw(state) }
      }
    }
    ticker.resume()
    return ticker
  }
}
