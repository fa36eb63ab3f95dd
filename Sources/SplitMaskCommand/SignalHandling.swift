import Dispatch
import Foundation
import Training

/// Turns SIGINT and SIGTERM into a request to stop, for as long as it lives.
///
/// The first signal asks the run to finish its step and save. A second one ends the process at once with 128 plus the
/// signal's number, as a shell reports a process that a signal ended.
final class SignalHandling {
  private let sources: [any DispatchSourceSignal]

  /// - Parameter onFirst: Tells the user what happens; called on a background thread.
  init(_ flag: StopFlag, onFirst: @escaping @Sendable () -> Void) {
    // On a thread of its own: the main thread is inside a training step.
    let queue = DispatchQueue(label: "splitmask.signals", qos: .userInteractive)
    sources = Self.signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        // Destructors of other threads' data must not run under them, hence not exit().
        guard flag.request() else { _exit(128 + number) }
        onFirst()
      }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in Self.signals { signal(number, SIG_DFL) }
  }

  private static let signals = [SIGINT, SIGTERM]
}
