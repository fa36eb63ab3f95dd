import Foundation

/// How far work is that takes long and is not training: listing images, reading indexes, counting words, evaluating.
///
/// Code that does such work reports it; whoever runs that code may observe it, for the duration of a call:
/// ```
/// try WorkProgress.observed(by: { print($0.activity) }) { try ImageDataset(paths: ["photos"]) }
/// ```
public struct WorkProgress: Hashable, Sendable {
  /// What is done, such as `listing images`: a participle and a noun.
  public let activity: String
  /// How much is done.
  public let done: Int
  /// How much there is; nil where that is not known.
  public let total: Int?
  /// What is counted.
  public let unit: Unit

  /// What ``done`` and ``total`` count.
  public enum Unit: String, Hashable, Sendable {
    /// Images, records, files: the activity names them.
    case items
    /// Bytes of a file.
    case bytes
  }

  /// A state of some work.
  public init(_ activity: String, done: Int = 0, total: Int? = nil, unit: Unit = .items) {
    self.activity = activity
    self.done = done
    self.total = total
    self.unit = unit
  }

  /// Who is told.
  public typealias Observer = @Sendable (WorkProgress) -> Void

  private static let key = "splitmask.work-progress"

  /// Who is told of work on this thread; nobody by default.
  ///
  /// Bound to the thread and not to a task: what reports is synchronous.
  public private(set) static var observer: Observer? {
    get { Thread.current.threadDictionary[key] as? Observer }
    set { Thread.current.threadDictionary[key] = newValue }
  }

  /// Runs `body`, of whose work on this thread the observer is told.
  public static func observed<Result>(by observer: @escaping Observer, _ body: () throws -> Result) rethrows -> Result {
    let before = self.observer
    self.observer = observer
    defer { self.observer = before }
    return try body()
  }

  /// Tells the observer, if there is one.
  public static func report(
    _ activity: @autoclosure () -> String, done: Int = 0, total: Int? = nil, unit: Unit = .items
  ) {
    guard let observer else { return }
    observer(WorkProgress(activity(), done: done, total: total, unit: unit))
  }
}
