import ImageData
import ImageLoading
import Torch
import Training

extension PretrainingRun {
  /// How the cost of a run is measured, on as few images as its batches need.
  static func measurement(
    _ config: PretrainConfig, of dataset: ImageDataset, device: Device, processes: ProcessGroup,
    keepsDecodedImages: Bool
  ) throws -> CostMeasurement {
    CostMeasurement(
      key: try CostKey(config, of: dataset, device: device, keepsDecodedImages: keepsDecodedImages),
      training: config.training, device: device, processes: processes,
      smallestShare: 2,
      multiplyAdds: { _ in try config.multiplyAddsPerImage },
      sample: { batchSize, _ in
        var config = config
        config.training.limit(toBatches: batchSize)
        config.data.subset = nil
        // Few images are none of an epoch of repeats.
        config.supervised.repeats = 1
        // Where decoded images are kept, the first update decodes them.
        let budget = keepsDecodedImages ? DecodedImageCache.defaultBudget : 0
        return try PretrainingRun(config, images: LoadedImages(dataset.spread(batchSize), cacheBudget: budget))
      })
  }
}

extension PretrainConfig {
  /// Of an update of settled settings.
  fileprivate var multiplyAddsPerImage: Double {
    get throws { try recipe.work(words: specification(of: tokenizer)).stepMultiplyAdds }
  }

  /// Of all updates, with settled settings.
  func multiplyAdds(imageCount: Int) throws -> Double {
    let samples = DataLoader.samplesPerEpoch(imageCount: imageCount, repeats: recipe.repeats)
    return try multiplyAddsPerImage * training.imagesShown(imageCount: samples)
  }

  /// Runs of other settings on the same images, to be named in the plan of this one.
  func alternatives(
    _ others: [PretrainConfig], imageCount: Int, device: Device, processes: ProcessGroup
  ) throws -> [AlternativeRun] {
    try others.map { other in
      let settled = other.resolved(imageCount: imageCount, device: device, processes: processes)
      return AlternativeRun(
        option: "--preset \(settled.preset?.rawValue ?? "")",
        multiplyAdds: try settled.multiplyAdds(imageCount: imageCount))
    }
  }
}

extension Trainer.Config {
  /// Some updates of batches of a size, to take the time of.
  mutating func limit(toBatches batchSize: Int) {
    (self.batchSize, accumulate, steps, epochs, warmupSteps) = (batchSize, 1, 100, nil, 0)
  }
}

extension ImageDataset {
  /// So many of the images, from all over the data set.
  func spread(_ count: Int) -> ImageDataset {
    let stride = max(1, self.count / count)
    return subset((0..<count).map { min($0 * stride, self.count - 1) })
  }
}
