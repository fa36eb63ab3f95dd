import Foundation

/// How fast steps go, of late: means over about the last `window` steps, each step counting less the older it is.
package struct ThroughputMeter: Hashable, Sendable {
  private let decay: Double
  private var weight = 0.0
  private var seconds = 0.0
  private var waitSeconds = 0.0
  private var images = 0.0
  private var warmupLeft: Int

  /// A meter that has seen nothing.
  ///
  /// - Parameters:
  ///   - window: Steps after which a measurement weighs 1 / e in the exponential mean.
  ///   - warmup: First steps, which are slow because kernels are chosen and memory is taken. The last of them counts
  ///     until another step has been seen, and then none.
  package init(window: Int = 50, warmup: Int = 2) {
    decay = exp(-1 / Double(window))
    warmupLeft = warmup
  }

  /// Counts one step.
  package mutating func record(images: Int, seconds: Double, waitSeconds: Double) {
    if warmupLeft >= 0 {
      warmupLeft -= 1
      (weight, self.seconds, self.waitSeconds, self.images) = (0, 0, 0, 0)
    }
    weight = weight * decay + 1
    self.seconds = self.seconds * decay + seconds
    self.waitSeconds = self.waitSeconds * decay + waitSeconds
    self.images = self.images * decay + Double(images)
  }

  /// Images a second; 0 before the first step.
  package var imagesPerSecond: Double { seconds > 0 ? images / seconds : 0 }

  /// The share of the time spent waiting for data, from 0 to 1.
  package var dataWaitFraction: Double { seconds > 0 ? min(1, waitSeconds / seconds) : 0 }

  /// Seconds that `steps` more steps take; nil before the first step.
  package func secondsLeft(steps: Int) -> Double? { weight > 0 ? seconds / weight * Double(steps) : nil }
}
