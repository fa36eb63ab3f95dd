extension PretrainConfig {
  /// Whole batches were computed at once, with the published settings.
  public mutating func completeAsEarlierVersions() {
    training.replicas = training.replicas ?? 1
    preset = preset ?? .paper
  }
}

extension FineTuneConfig {
  /// Whole batches were computed at once, and test images might be training images.
  public mutating func completeAsEarlierVersions() {
    guard training.replicas == nil else { return }
    (training.replicas, data.allowOverlap) = (1, true)
  }
}

extension DetectionConfig {
  /// Whole batches were computed at once, with the published settings.
  public mutating func completeAsEarlierVersions() {
    training.replicas = training.replicas ?? 1
    preset = preset ?? DensePreset.paper
  }
}

extension SegmentationConfig {
  /// Whole batches were computed at once, with the published settings.
  public mutating func completeAsEarlierVersions() {
    training.replicas = training.replicas ?? 1
    preset = preset ?? DensePreset.paper
  }
}
