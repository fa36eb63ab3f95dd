import Foundation
public import SplitMaskCore
import Synchronization

/// Memory that an operator asked for in vain.
public struct OutOfMemory: UserFacingError, Hashable, Sendable {
  /// The operator and the shapes of its arguments, such as `linear([64, 197, 384])`.
  public let operation: String
  /// Bytes that were asked for; nil where libtorch does not say.
  public let bytes: Int?
  /// libtorch's own words.
  public let reason: String

  /// The machine has too little.
  public var exitStatus: ExitStatus { .outOfMemory }

  /// What was asked for.
  public var description: String {
    let amount = bytes.map { "\($0) bytes" } ?? "memory"
    return "out of memory: \(operation) asked for \(amount) (\(reason.prefix { $0 != "\n" }))"
  }

  init(operation: String, reason: String) {
    self.operation = operation
    self.reason = reason
    bytes = Self.bytes(in: reason)
  }

  /// "tried to allocate 1024 bytes" on a CPU, "Tried to allocate 20.00 MiB" on a GPU.
  private static func bytes(in reason: String) -> Int? {
    let units = ["bytes": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4]
    guard let match = reason.firstMatch(of: #/ried to allocate (?<count>[0-9.]+) (?<unit>bytes|[KMGT]iB)/#),
      let count = Double(match.count), let power = units[String(match.unit)]
    else { return nil }
    return Int(count * Foundation.pow(1024, Double(power)))
  }
}

extension Engine {
  private static let memoryHandler = Mutex<@Sendable (OutOfMemory) -> Never> { fatalError("\($0)") }

  /// Called, on the thread at hand, when an operator's memory is refused. By default the program stops with the message.
  ///
  /// Operators do not throw: after a refusal in the middle of a step its results cannot be had, and nothing that was saved
  /// before is touched. A program sets this to end in its own way.
  public static var outOfMemory: @Sendable (OutOfMemory) -> Never {
    get { memoryHandler.withLock { $0 } }
    set { memoryHandler.withLock { $0 = newValue } }
  }
}
