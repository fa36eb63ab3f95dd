package import Training

/// What evaluations during a run cost.
public struct EvaluationCost: Sendable {
  /// A pass forward, as part of an update: backward takes twice as long.
  private static let forwardShare = 1.0 / 3

  /// Images that are evaluated each time; 0 where nothing is held out.
  let images: Int
  /// Epochs between two evaluations; the last epoch is always evaluated.
  let everyEpochs: Int
  /// Multiply-adds of evaluating an image, in parts of a pass forward in training.
  let work: Double

  /// - Parameters:
  ///   - images: that are evaluated each time; 0 where nothing is held out.
  ///   - everyEpochs: epochs between two evaluations; the last epoch is always evaluated.
  ///   - work: multiply-adds of evaluating an image, in parts of a pass forward in training.
  public init(images: Int, everyEpochs: Int, work: Double = 1) {
    (self.images, self.everyEpochs, self.work) = (images, everyEpochs, work)
  }

  /// Of a run without evaluations.
  public static let none = EvaluationCost(images: 0, everyEpochs: 1)

  /// Seconds of all evaluations of a run.
  ///
  /// - Parameter secondsPerImage: of an update.
  package func seconds(_ schedule: TrainingSchedule, secondsPerImage: Double) -> Double {
    let period = schedule.stepsPerEpoch * everyEpochs
    let times = schedule.totalSteps / period + (schedule.totalSteps % period == 0 ? 0 : 1)
    return Double(times * images) * secondsPerImage * work * Self.forwardShare
  }
}
