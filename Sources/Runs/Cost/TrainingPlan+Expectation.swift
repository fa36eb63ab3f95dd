import Training

/// What a run does beside its updates that takes time.
struct JudgingCost {
  /// A pass forward, as part of an update: backward takes twice as long.
  private static let forwardShare = 1.0 / 3

  /// Images that it is judged on each time; 0 where nothing is held out.
  let images: Int
  /// Epochs between two evaluations; the last epoch is always evaluated.
  let everyEpochs: Int
  /// Multiply-adds of judging an image, in parts of a pass forward in training.
  var work = 1.0

  /// A run that is not judged.
  static let none = JudgingCost(images: 0, everyEpochs: 1)

  /// Seconds of all evaluations of a run.
  ///
  /// - Parameter secondsPerImage: of an update.
  func seconds(_ schedule: TrainingSchedule, secondsPerImage: Double) -> Double {
    let period = schedule.stepsPerEpoch * everyEpochs
    let times = schedule.totalSteps / period + (schedule.totalSteps % period == 0 ? 0 : 1)
    return Double(times * images) * secondsPerImage * work * Self.forwardShare
  }
}

extension TrainingPlan {
  /// Weights and both moments, in bytes a parameter.
  private static let checkpointBytesPerParameter = 12
  /// What is said where the time was measured beside busy programs.
  package static let busyNote =
    "other programs kept the processors busy while the time was measured; without them it is shorter"
  /// Of weights alone.
  private static let weightBytesPerParameter = 4

  /// Says what the run will take, by what an update of it costs, and names a smaller and a larger one. Says nothing where
  /// the cost cannot be measured; of several processes the first says it.
  ///
  /// - Parameters:
  ///   - measurement: how the cost of an update is measured.
  ///   - costs: what runs cost on this machine.
  ///   - schedule: the run's.
  ///   - judging: what evaluations add.
  ///   - exportedNetworks: how often all that is trained is written beside checkpoints.
  ///   - exportedParameters: what else is.
  ///   - presets: the same run with other presets.
  ///   - multiplyAdds: of all of this run's updates, to compare with theirs.
  /// - Throws: as `CostMeasurement.cost`.
  mutating func expect(
    _ measurement: CostMeasurement, _ costs: CostStore, schedule: TrainingSchedule, judging: JudgingCost = .none,
    exportedNetworks: Int = 0, exportedParameters: Int = 0, presets: [AlternativeRun] = [], multiplyAdds: Double = 1
  ) throws {
    guard measurement.processes.isFirst, let cost = try measurement.cost(costs) else { return }
    expect(
      cost, schedule: schedule, training: measurement.training, processes: measurement.processes.size,
      judging: judging, exportedNetworks: exportedNetworks, exportedParameters: exportedParameters)
    offer(presets, multiplyAdds: multiplyAdds, training: measurement.training)
  }

  private mutating func expect(
    _ cost: UpdateCost, schedule: TrainingSchedule, training: Trainer.Config, processes: Int, judging: JudgingCost,
    exportedNetworks: Int, exportedParameters: Int
  ) {
    let share = batchSize / processes
    let update = cost.seconds(batchSize: share, batches: accumulatedBatches)
    let perImage = cost.seconds(batchSize: share, batches: 1) / Double(batchSize)
    let kept = min(training.keepCheckpoints, 1 + totalSteps / training.checkpointEvery)
    expectation = Expectation(
      seconds: Double(totalSteps) * update + judging.seconds(schedule, secondsPerImage: perImage),
      memory: cost.bytes(batchSize: share),
      disk: (cost.parameterCount * TrainingPlan.checkpointBytesPerParameter
        + cost.companionCount * TrainingPlan.weightBytesPerParameter) * kept
        + (cost.parameterCount * exportedNetworks + exportedParameters) * TrainingPlan.weightBytesPerParameter,
      checkpoints: kept)
    if !cost.isOfFreeMachine {
      notes.append(TrainingPlan.busyNote)
    }
    model = model.map { "\($0); \(HumanReadable.count(cost.parameterCount)) parameters in training" }
  }
}
