import Foundation

/// Tells whether other programs kept the processors busy while something was timed.
package struct BusyWatch {
  /// The part of all processors' time that others may have.
  private static let tolerance = 0.15

  private let start = ContinuousClock.now
  private let all = BusyWatch.busySeconds
  private let own = BusyWatch.ownSeconds

  /// Starts watching.
  package init() {}

  /// Whether others had more than their part since the watch was made; false where the system does not tell.
  package var othersWereBusy: Bool {
    guard let all, let now = Self.busySeconds else { return false }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let others = (now - all) - (Self.ownSeconds - own)
    return others > Self.tolerance * elapsed * Double(ProcessInfo.processInfo.processorCount)
  }

  private static var ownSeconds: Double {
    let usage = ResourceUsage.now
    return usage.user + usage.system
  }

  /// Seconds that all processors together have worked since the machine began, by Linux's `/proc/stat`.
  private static var busySeconds: Double? {
    guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = text.split(separator: "\n").first, line.hasPrefix("cpu ")
    else { return nil }
    // user, nice, system, idle, waiting, interrupts, soft interrupts, what other virtual machines took
    let ticks = line.split(separator: " ").dropFirst().compactMap { Double($0) }
    guard ticks.count >= 8 else { return nil }
    return (ticks[0...2].reduce(0, +) + ticks[5...7].reduce(0, +)) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
