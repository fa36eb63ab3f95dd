import Dispatch
import Foundation
import SplitMaskCore
import Synchronization

/// The processes that one machine's launch consists of: started together, ended together.
final class WorkerSet: Sendable {
  /// Seconds that processes have to end once one of them has failed.
  private static let respite = 30.0

  private struct Failure {
    let rank: Int
    let status: Int32
    let bySignal: Bool
  }

  private let workers: [Worker]
  private let firstFailure = Mutex<Failure?>(nil)

  /// - Parameters:
  ///   - arguments: of this program, the same for all.
  ///   - port: where they meet.
  init(count: Int, arguments: [String], port: Int) {
    workers = (0..<count).map { rank in
      Worker(rank: rank, count: count, arguments: arguments, port: port)
    }
  }

  /// Runs all until they end, passing on SIGINT and SIGTERM.
  ///
  /// - Returns: the exit status of the first that failed, or of the first process; 128 plus the number of a signal.
  func run() throws -> Int32 {
    let signals = passOnSignals()
    defer { for source in signals { source.cancel() } }
    let ended = DispatchGroup()
    for worker in workers {
      ended.enter()
      do {
        try worker.start { [self] status, bySignal in
          if status != 0 { noteFailure(Failure(rank: worker.rank, status: status, bySignal: bySignal)) }
          ended.leave()
        }
      } catch {
        for worker in workers { worker.kill() }
        throw error
      }
    }
    ended.wait()
    guard let failure = firstFailure.withLock({ $0 }) else { return 0 }
    guard failure.status != ExitStatus.interrupted.rawValue || failure.bySignal else { return failure.status }
    report(failure)
    return failure.bySignal ? 128 + failure.status : failure.status
  }

  private func noteFailure(_ failure: Failure) {
    let isFirst = firstFailure.withLock { first in
      if first == nil { first = failure }
      return first?.rank == failure.rank
    }
    guard isFirst, failure.status != ExitStatus.interrupted.rawValue || failure.bySignal else { return }
    // They notice by themselves; who has not within the respite is ended.
    let deadline = DispatchTime.now() + WorkerSet.respite
    DispatchQueue.global().asyncAfter(deadline: deadline) { [workers] in for worker in workers { worker.kill() } }
  }

  private func report(_ failure: Failure) {
    let output = workers[failure.rank].errors
    if !output.isEmpty { Terminal.complain(output) }
    let how = failure.bySignal ? "was ended by signal \(failure.status)" : "failed with status \(failure.status)"
    Terminal.complain("process \(failure.rank) of \(workers.count) \(how); all have ended")
  }

  private func passOnSignals() -> [any DispatchSourceSignal] {
    let queue = DispatchQueue(label: "splitmask.launch.signals")
    return [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [workers] in for worker in workers { worker.send(number) } }
      source.resume()
      return source
    }
  }
}

/// One process of a launch.
private final class Worker: Sendable {
  /// Characters kept of what a process prints.
  private static let kept = 8000

  let rank: Int
  private let process: Mutex<Process>
  private let output = Mutex(Data())

  init(rank: Int, count: Int, arguments: [String], port: Int) {
    self.rank = rank
    let process = Process()
    process.executableURL = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    let own = [
      "RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "MASTER_PORT": port,
    ]
    for (name, value) in own { environment[name] = String(value) }
    environment["MASTER_ADDR"] = "127.0.0.1"
    // Otherwise each process would take all processors for itself.
    if environment["OMP_NUM_THREADS"] == nil {
      environment["OMP_NUM_THREADS"] = String(max(1, ProcessInfo.processInfo.activeProcessorCount / count))
    }
    process.environment = environment
    self.process = Mutex(process)
  }

  /// - Parameter onEnd: gets the exit status, or the signal's number.
  func start(onEnd: @escaping @Sendable (Int32, Bool) -> Void) throws {
    try process.withLock { process in
      process.terminationHandler = { onEnd($0.terminationStatus, $0.terminationReason == .uncaughtSignal) }
      // The first process has the terminal; what others say is of interest where they fail.
      if rank > 0 {
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        pipe.fileHandleForReading.readabilityHandler = { [self] handle in
          let data = handle.availableData
          if data.isEmpty { handle.readabilityHandler = nil }
          output.withLock { $0 = ($0 + data).suffix(Worker.kept) }
        }
      }
      try process.run()
    }
  }

  /// What it has printed as errors, without the last line's end.
  var errors: String {
    output.withLock { String(decoding: $0, as: UTF8.self) }.trimmingCharacters(in: .newlines)
  }

  func send(_ signal: Int32) {
    process.withLock { if $0.isRunning { _ = Foundation.kill($0.processIdentifier, signal) } }
  }

  func kill() { send(SIGKILL) }
}
