#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A linear warm-up followed by half a cosine (METHODS §11).
public struct LearningRateSchedule: Hashable, Sendable {
  /// How the course is cut into steps.
  public enum Form: String, Codable, Hashable, Sendable, CaseIterable {
    /// Each step has its own rate; the warm-up's last step has the peak (BEiT's and DINO's).
    case inclusive
    /// Each step has its own rate; the step after the warm-up has the peak (MAE's).
    case fractional
    /// Each epoch has its own rate, one epoch late; the cosine does not wait for the warm-up's end (DeiT's: epochs 0
    /// and 1 both run at the lowest rate, METHODS §6).
    case perEpoch = "per-epoch"
  }

  /// The rate at the end of the warm-up.
  public let peak: Double
  /// What the cosine falls to; with the last step it is almost reached.
  public let minimum: Double
  /// Steps of the warm-up.
  public let warmupSteps: Int
  /// Steps of the whole run.
  public let totalSteps: Int
  /// How the course is cut into steps.
  public let form: Form
  /// Steps of an epoch, for the form that goes by epochs.
  public let stepsPerEpoch: Int

  /// What a warm-up by epochs starts from (METHODS §6).
  private static let lowestRate = 1e-6

  /// A schedule over a run.
  public init(
    peak: Double, minimum: Double, warmupSteps: Int, totalSteps: Int, form: Form = .inclusive, stepsPerEpoch: Int = 1
  ) {
    self.peak = peak
    self.minimum = minimum
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
    self.form = form
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// The rate of a step, counted from 0.
  public func callAsFunction(_ step: Int) -> Double {
    switch form {
    case .inclusive:
      if step < warmupSteps { return warmupSteps == 1 ? peak : peak * Double(step) / Double(warmupSteps - 1) }
      return cosine(Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps)))
    case .fractional:
      if step < warmupSteps { return peak * Double(step) / Double(warmupSteps) }
      return cosine(Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps)))
    case .perEpoch:
      let epoch = Double(max(0, step / stepsPerEpoch - 1))
      let warmup = Double(warmupSteps) / Double(stepsPerEpoch)
      let start = min(LearningRateSchedule.lowestRate, peak)
      if epoch < warmup { return start + (peak - start) * epoch / warmup }
      return cosine(epoch * Double(stepsPerEpoch) / Double(totalSteps))
    }
  }

  private func cosine(_ progress: Double) -> Double {
    minimum + 0.5 * (peak - minimum) * (1 + cos(.pi * min(1, progress)))
  }
}
