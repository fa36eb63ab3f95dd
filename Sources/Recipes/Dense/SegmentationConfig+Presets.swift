extension SegmentationConfig: PresetConfiguration {
  /// `small`, for machines without a GPU.
  public static let presets = [
    Preset<SegmentationConfig>(
      "small",
      "a vit-tiny (with --from random), parts of 256 pixels instead of 512, a head of 128 channels instead of 768, "
        + "judged every fifth epoch"
    ) { config in
      config.model.architecture = .tiny
      // Half of the usual sizes.
      config.augmentation.shortSide = 256
      config.augmentation.longSide = 1024
      config.augmentation.cropSize = 256
      config.evaluation.shortSide = 256
      config.evaluation.longSide = 1024
      config.evaluation.window = 256
      config.evaluation.stride = 171
      config.evaluation.everyEpochs = 5
      config.segmenter.channels = 128
      config.segmenter.auxiliaryChannels = 64
    }
  ]
}
