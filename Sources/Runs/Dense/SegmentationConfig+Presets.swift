extension SegmentationConfig: PresetConfiguration {
  /// `small`, for machines without a GPU, and `paper`.
  public static let presets = [
    Preset<SegmentationConfig>(
      DensePreset.small,
      "a vit-tiny (with --from random), parts of 256 pixels instead of 512, a head of 128 channels instead of 768, "
        + "judged every fifth epoch"
    ) { config in
      config.model.architecture = .tiny
      // Half of the usual sizes.
      config.augmentation.shortSide = 256
      config.augmentation.longSide = 1024
      config.augmentation.cropSize = 256
      config.fitSizes(explicit: [])
      config.evaluation.everyEpochs = 5
      config.segmenter.channels = 128
      config.segmenter.auxiliaryChannels = 64
    },
    Preset<SegmentationConfig>(DensePreset.paper, "the published sizes") { _ in },
  ]

  /// Judges by images as large as in training, in windows of a part's side that overlap by a third.
  public mutating func fitSizes(explicit: Set<String>) {
    if !explicit.contains("evaluation.shortSide") { evaluation.shortSide = augmentation.shortSide }
    if !explicit.contains("evaluation.longSide") { evaluation.longSide = augmentation.longSide }
    if !explicit.contains("evaluation.window") { evaluation.window = augmentation.cropSize }
    if !explicit.contains("evaluation.stride"), let window = evaluation.window {
      evaluation.stride = max(1, (2 * window + 1) / 3)
    }
  }
}
