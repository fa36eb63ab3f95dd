import ImageData
import Training
public import TrainingCost

/// What decides how long a run takes, and how much memory and disk.
public struct RunCost<Recipe: TrainingRecipe> {
  /// The settings that change what an update costs, all others at their defaults: neither length nor rates do, nor where
  /// the images are, nor draws.
  public var settings: Recipe.Config
  /// Whether all decoded images are kept in memory.
  public var keepsDecodedImages = false
  /// Images that a member's batch must be a multiple of.
  public var smallestShare = 1
  /// Sides that images may be measured in, in parts of the run's own, in falling order.
  public var scales = [1.0]
  /// Multiply-adds of an update for each of its images, in so many times the run's sides.
  public var multiplyAdds: (_ scale: Double) throws -> Double
  /// A short run on a few images, to be timed: with batches of a size, of images in so many times the run's sides.
  public var sample: (_ batchSize: Int, _ scale: Double) throws -> (Recipe.Config, Recipe.Data)
  /// What evaluations add.
  public var evaluation = EvaluationCost.none
  /// How often all that is trained is written beside checkpoints.
  public var exportedNetworks = 0
  /// Parameters of what else is written.
  public var exportedParameters = 0

  /// The cost of a run without evaluations, of which nothing but checkpoints is written, unless said otherwise.
  public init(
    settings: Recipe.Config, multiplyAdds: @escaping (_ scale: Double) throws -> Double,
    sample: @escaping (_ batchSize: Int, _ scale: Double) throws -> (Recipe.Config, Recipe.Data)
  ) {
    self.settings = settings
    self.multiplyAdds = multiplyAdds
    self.sample = sample
  }
}

extension Trainer.Config {
  /// Some updates of batches of a size, to take the time of.
  mutating func limit(toBatches batchSize: Int) {
    (self.batchSize, accumulate, steps, epochs, warmupSteps) = (batchSize, 1, 100, nil, 0)
  }
}
