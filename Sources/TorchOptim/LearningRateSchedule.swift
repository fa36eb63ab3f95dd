#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A linear warm-up followed by half a cosine, a line or steps.
public struct LearningRateSchedule: Hashable, Sendable {
  /// How the course is cut into steps.
  public enum Form: String, Codable, Hashable, Sendable, CaseIterable {
    /// Each step has its own rate; the warm-up's last step has the peak (BEiT's and DINO's).
    case inclusive
    /// Each step has its own rate; the step after the warm-up has the peak (MAE's).
    case fractional
    /// Each epoch has its own rate, one epoch late; the cosine does not wait for the warm-up's end (DeiT's: epochs 0
    /// and 1 both run at the lowest rate; facebookresearch/deit, main.py).
    case perEpoch = "per-epoch"
    /// A straight line to the minimum, times a warm-up from a millionth (mmsegmentation's).
    case linear
    /// A tenth after 3/4 and a hundredth after 11/12 of the run, warm-up from a thousandth (Swin's and XCiT's 3x).
    case threeTimes = "3x"
    /// A tenth after 2/3 and a hundredth after 11/12 of the run, warm-up from a thousandth (mmdetection's 1x).
    case once = "1x"
  }

  /// The rate at the end of the warm-up.
  public let peak: Double
  /// What the course falls to; with the last step it is almost reached.
  public let minimum: Double
  /// Steps of the warm-up.
  public let warmupSteps: Int
  /// Steps of the whole run.
  public let totalSteps: Int
  /// How the course is cut into steps.
  public let form: Form
  /// Steps of an epoch, for the form that goes by epochs.
  public let stepsPerEpoch: Int

  /// What a warm-up by epochs starts from, as DeiT's.
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
    case .linear:
      let rest = 1 - Double(step) / Double(totalSteps)
      return (minimum + (peak - minimum) * rest) * warmup(step, from: LearningRateSchedule.lowestRate)
    case .threeTimes: return stepped(step, drops: [3.0 / 4, 11.0 / 12])
    case .once: return stepped(step, drops: [2.0 / 3, 11.0 / 12])
    }
  }

  /// What a rate is multiplied by in a warm-up, which rises linearly to 1.
  private func warmup(_ step: Int, from lowest: Double) -> Double {
    step >= warmupSteps ? 1 : 1 - (1 - Double(step) / Double(warmupSteps)) * (1 - lowest)
  }

  /// - Parameter drops: shares of the run after each of which the rate is a tenth.
  private func stepped(_ step: Int, drops: [Double]) -> Double {
    let passed = drops.filter { Double(step) >= ($0 * Double(totalSteps)).rounded() }.count
    return max(minimum, peak * pow(0.1, Double(passed))) * warmup(step, from: 1e-3)
  }

  private func cosine(_ progress: Double) -> Double {
    minimum + 0.5 * (peak - minimum) * (1 + cos(.pi * min(1, progress)))
  }
}
