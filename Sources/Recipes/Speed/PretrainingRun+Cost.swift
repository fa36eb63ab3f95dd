import ImageData
import Torch
import Training

extension PretrainingRun {
  /// Seconds that one measured update may take, about.
  private static let measuredSeconds = 0.25
  /// Multiply-adds a second that a thread does at least, to choose how many images are measured.
  private static let slowestRate = 1e10

  /// What an update of a run costs here: kept from an earlier time, or measured in a second or two on fresh weights, which
  /// are thrown away.
  ///
  /// - Returns: nil where the few images cannot be read; the run, which has more, will say so.
  /// - Throws: `InvalidSetting` for settings that no run accepts.
  static func cost(
    _ config: PretrainConfig, of dataset: ImageDataset, device: Device, keepsDecodedImages: Bool, store: CostStore
  ) throws -> UpdateCost? {
    let key = CostKey(config, of: dataset, device: device, keepsDecodedImages: keepsDecodedImages)
    if let known = store.cost(key) { return known }
    do {
      let cost = try measured(config, of: dataset, device: device, keepsDecodedImages: keepsDecodedImages)
      store.keep(cost, key)
      return cost
    } catch is DatasetError {
      return nil
    }
  }

  private static func measured(
    _ config: PretrainConfig, of dataset: ImageDataset, device: Device, keepsDecodedImages: Bool
  ) throws -> UpdateCost {
    let whole = config.training.batchSize!
    let replicas = device.kind == .cpu ? config.training.replicas ?? 1 : 1
    let work = try config.recipe.work(words: config.specification(of: config.tokenizer)).stepMultiplyAdds
    let affordable = Int(measuredSeconds * slowestRate * Double(Engine.threadCount) / work)
    // A GPU's time is not in proportion to the batch.
    let few = device.kind == .cpu ? max(1, affordable / replicas) * replicas : whole
    let sizes = 2 * few <= whole ? [few, 2 * few] : [whole]
    var parameterCount = 0
    let times = try sizes.map { size in
      let run = try variant(config, of: dataset, batchSize: size, keepsDecodedImages: keepsDecodedImages)
      return try run.updateTimes(for: measuredSeconds, prepared: { parameterCount = $0.model.parameterCount })
    }
    return UpdateCost(few: times.count == 2 ? times[0] : nil, many: times.last!, parameterCount: parameterCount)
  }

  /// The run on as few images as one batch needs. Where decoded images are kept, the first update decodes them.
  private static func variant(
    _ config: PretrainConfig, of dataset: ImageDataset, batchSize: Int, keepsDecodedImages: Bool
  ) throws -> PretrainingRun {
    var config = config
    (config.training.batchSize, config.training.accumulate, config.training.steps) = (batchSize, 1, 100)
    (config.training.warmupSteps, config.data.subset) = (0, nil)
    let stride = max(1, dataset.count / batchSize)
    let few = dataset.subset((0..<batchSize).map { min($0 * stride, dataset.count - 1) })
    let budget = keepsDecodedImages ? DecodedImageCache.defaultBudget : 0
    return try PretrainingRun(config, images: LoadedImages(few, cacheBudget: budget))
  }
}
