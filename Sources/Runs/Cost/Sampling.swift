import ImageData
import Training

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
