import ImageData
import SplitMaskCore
import Torch
import Training
import TrainingCost

/// What updates of a run cost on this machine: kept from an earlier time, or measured in some seconds on fresh weights,
/// which are thrown away.
struct CostMeasurement<Recipe: TrainingRecipe> {
  /// Seconds that one measured update may take, about.
  private static var measuredSeconds: Double { 0.5 }
  /// Seconds of the longest update that is measured in its own size, where a smaller one can tell.
  private static var longestSeconds: Double { 2 }
  /// Multiply-adds a second that a thread does at least, to choose how many images are measured.
  private static var slowestRate: Double { 2e10 }

  let cost: RunCost<Recipe>
  /// Everything that the cost depends on, but for the batches that are measured.
  private let key: CostKey
  /// The run's.
  let training: Trainer.ResolvedConfig
  private let device: Device
  let processes: ProcessGroup

  /// The measurement of a run's updates.
  init(_ cost: RunCost<Recipe>, of recipe: Recipe, device: Device, processes: ProcessGroup) throws {
    self.cost = cost
    key = try CostKey(
      cost.settings, of: recipe.images, device: device, keepsDecodedImages: cost.keepsDecodedImages)
    training = recipe.training
    self.device = device
    self.processes = processes
  }

  /// The cost as it is kept, else measured and kept.
  ///
  /// What is measured while other programs keep the processors busy is told, but not kept.
  ///
  /// - Returns: nil where the few images cannot be read or do not make a run; the run, which has more, will say so.
  /// - Throws: what training throws.
  func updateCost(_ store: CostStore) throws -> UpdateCost? {
    let sizes = try batchSizes()
    let key = key.measured(sizes)
    if let known = store.cost(key) { return known }
    do {
      let update = try measured(sizes)
      if update.isOfFreeMachine || store.trustsBusyMachine { store.keep(update, key) }
      return update
    } catch let error where error is DatasetError || error is InvalidSetting {
      return nil
    }
  }

  private func measured(_ sizes: [Int]) throws -> UpdateCost {
    let scale = try scale(images: sizes.last!)
    let heldBefore = ResourceUsage.now.peakBytes
    let watch = BusyWatch()
    var (parameterCount, auxiliaryParameterCount) = (0, 0)
    let times = try sizes.map { size in
      ResourceUsage.forgetPeak()
      let (config, data) = try cost.sample(size, scale)
      return try TrainingRun<Recipe>(config, data: data).updateTimes(
        for: Self.measuredSeconds,
        prepared: { task in
          (parameterCount, auxiliaryParameterCount) = (task.model.parameterCount, task.auxiliary?.parameterCount ?? 0)
        })
    }
    var measured = UpdateCost(few: times.count == 2 ? times[0] : nil, many: times.last!, parameterCount: parameterCount)
    measured.auxiliaryParameterCount = auxiliaryParameterCount
    measured.isOfFreeMachine = device.kind != .cpu || !watch.othersWereBusy
    guard scale < 1 else { return measured }
    return measured.scaled(
      work: try cost.multiplyAdds(1) / cost.multiplyAdds(scale), pixels: 1 / (scale * scale), heldBefore: heldBefore,
      batchSize: sizes.last!)
  }

  /// Images of a batch in each process.
  private var batchSize: Int { training.batchSize / processes.size }

  /// Few images, and twice as many; the run's own batch where it is no larger.
  private func batchSizes() throws -> [Int] {
    let least = cost.smallestShare * training.replicas
    // A GPU's time is in proportion to large batches only; half of one leaves room where the whole would not fit.
    guard device.kind == .cpu else {
      let few = batchSize / 4 / least * least
      return few > 0 ? [few, 2 * few] : [batchSize]
    }
    let affordable = Self.measuredSeconds * Self.slowestRate * Double(Engine.threadCount)
    let few = max(1, Int(affordable / (try cost.multiplyAdds(1))) / least) * least
    return 2 * few <= batchSize ? [few, 2 * few] : [batchSize]
  }

  /// The largest sides whose update does not take too long.
  private func scale(images: Int) throws -> Double {
    guard device.kind == .cpu else { return 1 }
    let affordable = Self.longestSeconds * Self.slowestRate * Double(Engine.threadCount)
    return try cost.scales.first { try Double(images) * cost.multiplyAdds($0) <= affordable } ?? cost.scales.last!
  }
}
