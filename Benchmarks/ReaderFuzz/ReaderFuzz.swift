import ArgumentParser
import Foundation
import Synchronization
import Training

/// Damages files in thousands of ways and reads them: whatever is inside a file, a reader gives what it holds or an error.
///
/// A crash leaves the damaged file where `--scratch` says; `Benchmarks/fuzz.py` notes it and goes on with the next.
@main struct ReaderFuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read damaged files: no crash, no hang, nothing written. Prints one JSON object.")

  @Argument(help: "Sound files to damage.") var files: [String]
  @Option(help: "What reads them: \(Reader.allCases.map(\.rawValue).joined(separator: ", ")).") var reader: Reader
  @Option(help: "How many damaged files.") var count = 1000
  @Option(help: "Number of the first; the same number damages the same file in the same way.") var first = 0
  @Option(help: "A folder for the damaged file and the number at hand.") var scratch: String
  @Option(help: "Seconds that reading one may take.") var patience = 10.0

  private struct Result: Encodable {
    let reader: String
    let read: Int
    let refused: Int
    let slowestSeconds: Double
    let slowestNumber: Int
    let peakMegabytes: Int
  }

  func run() throws {
    let sound = try files.sorted().map { path in
      (name: URL(filePath: path).lastPathComponent, bytes: [UInt8](try Data(contentsOf: URL(filePath: path))))
    }
    let folder = URL(filePath: scratch)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let watch = Watch(patience: patience)
    var (read, refused) = (0, 0)
    var slowest = (seconds: 0.0, number: 0)
    for number in first..<first + count {
      let (name, bytes) = sound[number % sound.count]
      var mutator = Mutator(number: number)
      let file = folder.appending(path: "damaged-" + name)
      try Data(mutator.damaged(bytes, isText: reader.readsText)).write(to: file)
      try Data("\(number)".utf8).write(to: folder.appending(path: "number"))
      let start = ContinuousClock.now
      watch.begin(number)
      do {
        try reader.read(file)
        read += 1
      } catch {
        _ = "\(error)"
        refused += 1
      }
      watch.end()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if seconds > slowest.seconds { slowest = (seconds, number) }
      try FileManager.default.removeItem(at: file)
    }
    let result = Result(
      reader: reader.rawValue, read: read, refused: refused, slowestSeconds: slowest.seconds,
      slowestNumber: slowest.number, peakMegabytes: ResourceUsage.now.peakBytes / 1_000_000)
    print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
  }
}

/// Ends the program with status 75 when one file takes too long.
private final class Watch: Sendable {
  private let current = Mutex<(number: Int, start: ContinuousClock.Instant)?>(nil)

  init(patience: Double) {
    Thread { [self] in
      while true {
        Thread.sleep(forTimeInterval: 0.5)
        if let (number, start) = current.withLock({ $0 }), ContinuousClock.now - start > .seconds(patience) {
          FileHandle.standardError.write(Data("file \(number) takes longer than \(patience) s\n".utf8))
          _exit(75)
        }
      }
    }.start()
  }

  func begin(_ number: Int) { current.withLock { $0 = (number, .now) } }

  func end() { current.withLock { $0 = nil } }
}
