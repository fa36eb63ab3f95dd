import ImageData
public import Torch

extension ProcessGroup {
  /// Threads that decode where nobody says how many: as many as the machine has processors, over all of its processes.
  public var defaultWorkers: Int { max(1, DataLoader.defaultWorkers / localSize) }

  /// A batch that can be shared out: about `batchSize` images, no more than the data set has.
  public func automaticBatch(_ batchSize: Int, imageCount: Int) -> Int {
    max(size, min(imageCount, batchSize) / size * size)
  }

  /// The part of a machine's memory for decoded images that one of its processes may use.
  public func cacheBudget(gigabytes: Double?) -> Int { Int((gigabytes ?? 0) * 1e9) / localSize }
}
