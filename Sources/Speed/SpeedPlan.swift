import Runs
package import TrainingCost

/// Which batch sizes and worker counts a ``SpeedTest`` measures.
package struct SpeedPlan {
  /// The part of a memory that an update may be expected to use; what remains is for the gaps between blocks.
  private static let usableMemory = 0.8

  private let batchSize: Int
  private let largest: Int
  private let doublings: Int
  private let memory: Int?
  private let seconds: Double

  /// - Parameters:
  ///   - batchSize: that the run would have.
  ///   - largest: batch of which an epoch has enough.
  ///   - doublings: how often the batch size is doubled.
  ///   - memory: bytes to share out; nil where that is not known.
  ///   - seconds: for everything.
  package init(batchSize: Int, largest: Int, doublings: Int, memory: Int?, seconds: Double) {
    self.batchSize = batchSize
    self.largest = largest
    self.doublings = doublings
    self.memory = memory
    self.seconds = seconds
  }

  /// Half the batch size, the batch size and its doubles, as far as the data set has images for them.
  package var batchSizes: [Int] {
    let all = [batchSize / 2] + (0...doublings).map { batchSize << $0 }
    return all.filter { $0 >= 1 && $0 <= largest }
  }

  /// Why a batch size is better not tried, judged by a smaller one: memory and time grow at most in proportion.
  package func obstacle(to size: Int, after smaller: UpdateTimes) -> OmittedBatch.Reason? {
    let growth = Double(size) / Double(smaller.batchSize)
    if let memory, growth * Double(smaller.peakMemory) > SpeedPlan.usableMemory * Double(memory) { return .memory }
    // One update to warm up and one to time; the run's own size is measured whatever it takes.
    return size > batchSize && 2 * growth * smaller.median > seconds ? .time : nil
  }

  /// Powers of two up to the machine's processors, those, and what the run would have.
  package static func workerCounts(processors: Int, asked: Int) -> [Int] {
    let powers = sequence(first: 1) { 2 * $0 }.prefix { $0 < processors }
    return Set(powers + [processors, max(1, asked)]).sorted()
  }
}
