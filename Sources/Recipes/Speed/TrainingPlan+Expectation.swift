import Training

extension TrainingPlan {
  /// Weights and both moments, in bytes a parameter.
  private static let checkpointBytesPerParameter = 12

  /// Says what the run will take, by what an update of it costs.
  ///
  /// - Parameter processes: that share out every batch.
  mutating func expect(_ cost: UpdateCost, config: PretrainConfig, processes: Int) {
    let share = batchSize / processes
    let kept = min(config.training.keepCheckpoints, 1 + totalSteps / config.training.checkpointEvery)
    expectation = Expectation(
      seconds: Double(totalSteps) * cost.seconds(batchSize: share, batches: accumulatedBatches),
      memory: cost.bytes(batchSize: share),
      disk: cost.parameterCount * TrainingPlan.checkpointBytesPerParameter * kept + 4 * config.model.parameterCount,
      checkpoints: kept)
    model = model.map { "\($0); \(HumanReadable.count(cost.parameterCount)) parameters in training" }
  }
}
