/// How fast whole updates are at one batch size: load, loss, backward, clipping, AdamW.
public struct UpdateSpeed: Encodable, Hashable, Sendable {
  /// Images of a batch.
  public let batchSize: Int
  /// Updates that were timed, after those to warm up.
  public let updateCount: Int
  /// Images a second in the median update.
  public let imagesPerSecond: Double
  /// The share of the time spent waiting for images, from 0 to 1.
  public let dataWait: Double
  /// Bytes at most so far: of tensors on a CUDA device, of the whole process elsewhere.
  public let peakMemory: Int
  /// Model FLOPs utilisation (MFU): the share of the measured matrix rate that an update's matrix products use, from 0 to 1.
  public let modelFLOPsUtilization: Double
  /// Seconds of the whole planned run at this batch size.
  public let runSeconds: Double

  package init(
    batchSize: Int, updateCount: Int, imagesPerSecond: Double, dataWait: Double, peakMemory: Int,
    modelFLOPsUtilization: Double,
    runSeconds: Double
  ) {
    self.batchSize = batchSize
    self.updateCount = updateCount
    self.imagesPerSecond = imagesPerSecond
    self.dataWait = dataWait
    self.peakMemory = peakMemory
    self.modelFLOPsUtilization = modelFLOPsUtilization
    self.runSeconds = runSeconds
  }

  /// Images a second if none were waited for.
  var networkRate: Double { imagesPerSecond / max(1 - dataWait, 0.01) }

  private enum CodingKeys: String, CodingKey {
    case batchSize = "batch_size"
    case updateCount = "updates"
    case imagesPerSecond = "images_per_second"
    case dataWait = "data_wait"
    case peakMemory = "peak_memory"
    case modelFLOPsUtilization = "mfu"
    case runSeconds = "run_seconds"
  }
}

/// How fast the loader alone is.
public struct LoaderSpeed: Encodable, Hashable, Sendable {
  /// Threads that decode.
  public let workers: Int
  /// Images a second.
  public let imagesPerSecond: Double

  package init(workers: Int, imagesPerSecond: Double) {
    self.workers = workers
    self.imagesPerSecond = imagesPerSecond
  }

  private enum CodingKeys: String, CodingKey {
    case workers
    case imagesPerSecond = "images_per_second"
  }
}

/// A batch size that was not measured.
public struct OmittedBatch: Encodable, Hashable, Sendable {
  /// Why not.
  public enum Reason: String, Encodable, Sendable {
    /// It might not fit.
    case memory
    /// Its updates alone would take longer than all the time there is.
    case time
  }

  /// Images of a batch.
  public let batchSize: Int
  /// Why not.
  public let reason: Reason

  private enum CodingKeys: String, CodingKey {
    case batchSize = "batch_size"
    case reason
  }
}

/// What a ``SpeedTest`` found.
public struct SpeedReport: Encodable, Hashable, Sendable {
  /// What was measured.
  public let facts: SpeedFacts
  /// Gflop/s of a large product in the run's precision; a multiply-add is two operations.
  public let matrixRate: Double
  /// Batch sizes in rising order.
  public let updates: [UpdateSpeed]
  /// Batch sizes that were not measured.
  public let omitted: [OmittedBatch]
  /// Worker counts in rising order.
  public let loading: [LoaderSpeed]
  /// What to take.
  public let advice: SpeedAdvice
  /// Whether other programs kept the processors busy meanwhile, so that everything is slower than it could be.
  public let othersWereBusy: Bool

  private enum CodingKeys: String, CodingKey {
    case facts = "measured_on"
    case matrixRate = "matrix_gflops"
    case updates = "batches"
    case omitted = "left_out"
    case loading
    case advice = "recommended"
    case othersWereBusy = "others_were_busy"
  }
}
