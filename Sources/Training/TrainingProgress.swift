/// How far a run is and how fast it goes.
public struct TrainingProgress: Hashable, Sendable {
  /// Optimiser steps done.
  public var step: Int
  /// Optimiser steps of the whole run.
  public var totalSteps: Int
  /// The loss, then its terms.
  public var losses: [StepMetrics.Value]
  /// The share that an online probe classified rightly, of late, from 0 to 1; nil without one.
  public var probeAccuracy: Double?
  /// Images a second, of late.
  public var imagesPerSecond: Double
  /// The share of the time that went by waiting for data, of late, from 0 to 1.
  public var dataWaitFraction: Double
  /// Seconds until the last step; nil while too little is known.
  public var secondsLeft: Double?
  /// Images that could not be read so far.
  public var skippedImages: Int

  /// A state of a run.
  public init(
    step: Int, totalSteps: Int, losses: [StepMetrics.Value], probeAccuracy: Double? = nil, imagesPerSecond: Double,
    dataWaitFraction: Double, secondsLeft: Double?, skippedImages: Int
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.losses = losses
    self.probeAccuracy = probeAccuracy
    self.imagesPerSecond = imagesPerSecond
    self.dataWaitFraction = dataWaitFraction
    self.secondsLeft = secondsLeft
    self.skippedImages = skippedImages
  }
}
