import SplitMaskCore
import Training
import TrainingCost

extension TrainingPlan {
  /// Weights and both moments, in bytes a parameter.
  private static let checkpointBytesPerParameter = 12
  /// What is said where the time was measured beside busy programs.
  package static let busyNote =
    "other programs kept the processors busy while the time was measured; without them it is shorter"
  /// Of weights alone.
  private static let weightBytesPerParameter = 4

  /// Says what the run will take, by what an update of it costs, and names a smaller and a larger one. Says nothing where
  /// the cost cannot be measured.
  ///
  /// - Parameters:
  ///   - measurement: how the cost of an update is measured.
  ///   - costs: what runs cost on this machine.
  ///   - schedule: the run's.
  ///   - alternatives: the same run with other presets.
  /// - Throws: as `CostMeasurement.updateCost`.
  mutating func expect<Recipe>(
    _ measurement: CostMeasurement<Recipe>, _ costs: CostStore, schedule: TrainingSchedule,
    alternatives: [AlternativeRun]
  ) throws {
    guard let update = try measurement.updateCost(costs) else { return }
    expect(
      update, measurement.cost, schedule: schedule, training: measurement.training,
      processes: measurement.processes.size)
    let images = Double(schedule.totalSteps * schedule.batchSize * schedule.accumulate)
    offer(
      alternatives, multiplyAdds: try measurement.cost.multiplyAdds(1) * images, length: measurement.training.length)
  }

  private mutating func expect<Recipe>(
    _ update: UpdateCost, _ cost: RunCost<Recipe>, schedule: TrainingSchedule, training: Trainer.ResolvedConfig,
    processes: Int
  ) {
    let share = batchSize / processes
    let seconds = update.seconds(batchSize: share, batches: accumulatedBatches)
    let perImage = update.seconds(batchSize: share, batches: 1) / Double(batchSize)
    let kept = min(training.keepCheckpoints, 1 + totalSteps / training.checkpointEvery)
    expectation = Expectation(
      seconds: Double(totalSteps) * seconds + cost.evaluation.seconds(schedule, secondsPerImage: perImage),
      memory: update.bytes(batchSize: share),
      disk: (update.parameterCount * TrainingPlan.checkpointBytesPerParameter
        + update.auxiliaryParameterCount * TrainingPlan.weightBytesPerParameter) * kept
        + (update.parameterCount * cost.exportedNetworks + cost.exportedParameters)
          * TrainingPlan.weightBytesPerParameter,
      checkpoints: kept)
    if !update.isOfFreeMachine {
      notes.append(TrainingPlan.busyNote)
    }
    model = model.map { "\($0); \(HumanReadable.count(update.parameterCount)) parameters in training" }
  }
}
