public import Foundation
public import Training

/// Where a run is to train, and whether it goes on there.
public struct RunRequest: Sendable {
  /// The run folder.
  public var folder: URL
  /// Whether to continue the run that is there.
  public var resuming: Bool
  /// Whether settings that differ from that run's are accepted.
  public var allowingChange: Bool
  /// Ends the run after the update at hand, with a checkpoint.
  public var stop: StopFlag

  /// A new run, unless said otherwise.
  public init(_ folder: URL, resuming: Bool = false, allowingChange: Bool = false, stop: StopFlag = StopFlag()) {
    self.folder = folder
    self.resuming = resuming
    self.allowingChange = allowingChange
    self.stop = stop
  }
}
