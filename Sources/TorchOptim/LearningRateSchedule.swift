#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A linear warm-up followed by half a cosine, as a function of the step (METHODS §11, BEiT's and DINO's).
public struct LearningRateSchedule: Hashable, Sendable {
  /// The rate at the end of the warm-up.
  public let peak: Double
  /// What the cosine falls to; with the last step it is almost reached.
  public let minimum: Double
  /// Steps of the warm-up, from 0 to `peak` inclusive.
  public let warmupSteps: Int
  /// Steps of the whole run.
  public let totalSteps: Int

  /// A schedule over a run.
  public init(peak: Double, minimum: Double, warmupSteps: Int, totalSteps: Int) {
    self.peak = peak
    self.minimum = minimum
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  /// The rate of a step, counted from 0.
  public func callAsFunction(_ step: Int) -> Double {
    if step < warmupSteps { return warmupSteps == 1 ? peak : peak * Double(step) / Double(warmupSteps - 1) }
    let progress = Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps))
    return minimum + 0.5 * (peak - minimum) * (1 + cos(.pi * min(1, progress)))
  }
}
