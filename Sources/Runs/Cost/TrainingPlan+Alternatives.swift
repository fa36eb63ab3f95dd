import Training

/// A run as it would be with another option.
struct AlternativeRun {
  /// What to type, such as `--preset quick`.
  let option: String
  /// Multiply-adds of all its updates.
  let multiplyAdds: Double

  /// A run that a preset makes; nil where its cost is not known.
  init?(_ recipe: some TrainingRecipe) throws {
    guard let preset = recipe.config.presetName, let cost = try recipe.cost else { return nil }
    let images = recipe.training.batchSize * recipe.training.accumulate
    let updates = recipe.training.length.steps(perEpoch: recipe.imagesPerEpoch / images)
    option = "--preset \(preset)"
    multiplyAdds = try cost.multiplyAdds(1) * Double(updates * images)
  }
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
  ///   - length: this run's.
  mutating func offer(_ runs: [AlternativeRun], multiplyAdds: Double, length: TrainingLength) {
    guard let seconds = expectation?.seconds else { return }
    let others = runs.map {
      Alternative(option: $0.option, seconds: seconds * $0.multiplyAdds / multiplyAdds)
    }
    let smaller = others.filter { $0.seconds < seconds }.max { $0.seconds < $1.seconds }
    let larger = others.filter { $0.seconds > seconds }.min { $0.seconds < $1.seconds }
    let (count, option) =
      switch length {
      case .epochs(let count): (count, "--epochs")
      case .steps(let count): (count, "--steps")
      }
    func ofLength(_ other: Int) -> Alternative? {
      guard other > 0 else { return nil }
      return Alternative(option: "\(option) \(other)", seconds: seconds * Double(other) / Double(count))
    }
    alternatives = [
      smaller ?? ofLength(count / Self.lengthFactor), larger ?? ofLength(count * Self.lengthFactor),
    ].compactMap(\.self)
  }
}
