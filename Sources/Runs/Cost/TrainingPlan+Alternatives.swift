import Torch
import Training

/// A run as it would be with another option.
struct AlternativeRun {
  /// What to type, such as `--preset quick`.
  let option: String
  /// Multiply-adds of all its updates.
  let multiplyAdds: Double
}

extension TrainingPlan {
  /// How many times as long, or as short, a run is that is only offered by its length.
  private static let lengthFactor = 4

  /// Names a smaller and a larger run with their times, in proportion to their multiply-adds.
  ///
  /// Of those given, the nearest ones; where there is none, fewer or more epochs or updates.
  ///
  /// - Parameters:
  ///   - runs: other presets.
  ///   - multiplyAdds: of all of this run's updates.
  ///   - training: with everything chosen.
  mutating func offer(_ runs: [AlternativeRun], multiplyAdds: Double, training: Trainer.Config) {
    guard let seconds = expectation?.seconds else { return }
    let others = runs.map {
      Alternative(option: $0.option, seconds: seconds * $0.multiplyAdds / multiplyAdds)
    }
    let smaller = others.filter { $0.seconds < seconds }.max { $0.seconds < $1.seconds }
    let larger = others.filter { $0.seconds > seconds }.min { $0.seconds < $1.seconds }
    let (length, option) = training.steps.map { ($0, "--steps") } ?? (training.epochs ?? 1, "--epochs")
    func ofLength(_ other: Int) -> Alternative? {
      guard other > 0 else { return nil }
      return Alternative(option: "\(option) \(other)", seconds: seconds * Double(other) / Double(length))
    }
    alternatives = [
      smaller ?? ofLength(length / Self.lengthFactor), larger ?? ofLength(length * Self.lengthFactor),
    ].compactMap(\.self)
  }
}

extension Trainer.Config {
  /// Images that a run's updates show.
  ///
  /// - Parameter imageCount: of an epoch, repeats included.
  func imagesShown(imageCount: Int) -> Double {
    let images = batchSize! * accumulate
    let updates = steps ?? (epochs ?? 1) * (imageCount / images)
    return Double(updates) * Double(images)
  }
}
