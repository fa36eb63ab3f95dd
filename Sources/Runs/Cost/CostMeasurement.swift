import ImageData
import SplitMaskCore
import Torch
import Training

/// What updates of a run cost on this machine: kept from an earlier time, or measured in some seconds on fresh weights,
/// which are thrown away.
struct CostMeasurement {
  /// Seconds that one measured update may take, about.
  private static let measuredSeconds = 0.5
  /// Seconds of the longest update that is measured in its own size, where a smaller one can tell.
  private static let longestSeconds = 2.0
  /// Multiply-adds a second that a thread does at least, to choose how many images are measured.
  private static let slowestRate = 2e10

  /// Everything that the cost depends on, but for the batches that are measured.
  let key: CostKey
  /// The run's, with everything chosen.
  let training: Trainer.Config
  /// Where it computes.
  let device: Device
  /// Who share out every batch.
  let processes: ProcessGroup
  /// Images that a member's batch must be a multiple of.
  var smallestShare = 1
  /// Sides that images may be measured in, in parts of the run's own, in falling order.
  var scales = [1.0]
  /// Multiply-adds of an update for each of its images, in so many times the run's sides.
  let multiplyAdds: (_ scale: Double) throws -> Double
  /// The run with batches of that size, of images in so many times its sides.
  let sample: (_ batchSize: Int, _ scale: Double) throws -> any MemberRun

  /// The cost as it is kept, else measured and kept.
  ///
  /// What is measured while other programs keep the processors busy is told, but not kept.
  ///
  /// - Returns: nil where the few images cannot be read or do not make a run; the run, which has more, will say so.
  /// - Throws: what training throws.
  func cost(_ store: CostStore) throws -> UpdateCost? {
    let sizes = try batchSizes()
    let key = key.measured(sizes)
    if let known = store.cost(key) { return known }
    do {
      let cost = try measured(sizes)
      if cost.isOfFreeMachine || store.trustsBusyMachine { store.keep(cost, key) }
      return cost
    } catch let error where error is DatasetError || error is InvalidSetting {
      return nil
    }
  }

  private func measured(_ sizes: [Int]) throws -> UpdateCost {
    let scale = try scale(images: sizes.last!)
    let heldBefore = ResourceUsage.now.peakBytes
    let watch = BusyWatch()
    var (parameterCount, companionCount) = (0, 0)
    let times = try sizes.map { size in
      ResourceUsage.forgetPeak()
      return try sample(size, scale).updateTimes(
        for: Self.measuredSeconds,
        prepared: { task in
          (parameterCount, companionCount) = (task.model.parameterCount, task.companion?.parameterCount ?? 0)
        })
    }
    var cost = UpdateCost(few: times.count == 2 ? times[0] : nil, many: times.last!, parameterCount: parameterCount)
    cost.companionCount = companionCount
    cost.isOfFreeMachine = device.kind != .cpu || !watch.othersWereBusy
    guard scale < 1 else { return cost }
    return cost.scaled(
      work: try multiplyAdds(1) / multiplyAdds(scale), pixels: 1 / (scale * scale), heldBefore: heldBefore,
      batchSize: sizes.last!)
  }

  /// Images of a batch in each process.
  private var batchSize: Int { training.batchSize! / processes.size }

  /// Few images, and twice as many; the run's own batch where it is no larger.
  private func batchSizes() throws -> [Int] {
    let least = smallestShare * (training.replicas ?? 1)
    // A GPU's time is in proportion to large batches only; half of one leaves room where the whole would not fit.
    guard device.kind == .cpu else {
      let few = batchSize / 4 / least * least
      return few > 0 ? [few, 2 * few] : [batchSize]
    }
    let affordable = Self.measuredSeconds * Self.slowestRate * Double(Engine.threadCount)
    let few = max(1, Int(affordable / (try multiplyAdds(1))) / least) * least
    return 2 * few <= batchSize ? [few, 2 * few] : [batchSize]
  }

  /// The largest sides whose update does not take too long.
  private func scale(images: Int) throws -> Double {
    guard device.kind == .cpu else { return 1 }
    let affordable = Self.longestSeconds * Self.slowestRate * Double(Engine.threadCount)
    return try scales.first { try Double(images) * multiplyAdds($0) <= affordable } ?? scales.last!
  }
}
