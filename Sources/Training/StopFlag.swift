public import SplitMaskCore
import Synchronization

/// Asks a run to finish its step, save and end. Any thread may ask or look.
public final class StopFlag: Sendable {
  private let requested = Atomic(false)

  /// A flag that is not set.
  public init() {}

  /// Whether someone asked.
  public var isRequested: Bool { requested.load(ordering: .acquiring) }

  /// Asks.
  ///
  /// - Returns: Whether this was the first time.
  @discardableResult
  public func request() -> Bool { !requested.exchange(true, ordering: .acquiringAndReleasing) }
}

extension StopFlag {
  /// - Throws: ``StopRequested`` where someone asked.
  public func check() throws {
    if isRequested { throw StopRequested() }
  }
}

/// A stop was asked for before training began, where there is nothing to save yet.
public struct StopRequested: UserFacingError {
  /// The error.
  public init() {}

  /// Somebody stopped it.
  public var exitStatus: ExitStatus { .interrupted }

  /// That nothing was begun.
  public var description: String { "stopped before training began; nothing was written" }
}
