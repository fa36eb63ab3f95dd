/// What whole updates took at one batch size.
package struct UpdateTimes: Hashable {
  /// Images of a batch.
  package let batchSize: Int
  /// Seconds of each update, after those to warm up.
  package let seconds: [Double]
  /// Seconds of them that were spent waiting for images.
  package let waitSeconds: Double
  /// Bytes at most so far: of tensors on a CUDA device, of the whole process elsewhere.
  package let peakMemory: Int

  package init(batchSize: Int, seconds: [Double], waitSeconds: Double, peakMemory: Int) {
    self.batchSize = batchSize
    self.seconds = seconds
    self.waitSeconds = waitSeconds
    self.peakMemory = peakMemory
  }

  /// Seconds of the median update.
  package var median: Double { seconds.sorted()[seconds.count / 2] }
}
