extension DetectionConfig: PresetConfiguration {
  /// `small`, for machines without a GPU, and `paper`.
  public static let presets = [
    Preset<DetectionConfig>(
      DensePreset.small,
      "a vit-tiny (with --from random), images of 256 to 320 pixels instead of 480 to 800, anchors from 16 pixels on, "
        + "a detector of half the width, judged every fifth epoch"
    ) { config in
      config.model.architecture = .tiny
      // Two fifths of the usual sizes.
      config.augmentation.shortSides = [256, 288, 320]
      config.augmentation.longSide = 533
      config.augmentation.cropShortSides = [160, 200, 240]
      config.augmentation.cropSides = [154, 240]
      config.fitSizes(explicit: [])
      config.evaluation.everyEpochs = 5
      config.detector.channels = 128
      config.detector.hiddenWidth = 512
      config.detector.proposals.anchors.scale = 4
      config.detector.proposals.candidatesInTraining = 500
      config.detector.proposals.candidatesInEvaluation = 500
      config.detector.proposals.proposalCount = 300
      config.detector.sampler.count = 128
      // The published rate in proportion to two images is 1.25e-5, with which a short run learns nothing.
      config.training.learningRate = 3e-4
    },
    Preset<DetectionConfig>(DensePreset.paper, "the published sizes and rates") { _ in },
  ]

  /// Judges by images as large as the largest in training.
  public mutating func fitSizes(explicit: Set<String>) {
    if !explicit.contains("evaluation.view.shortSide"), let side = augmentation.shortSides.max() {
      evaluation.view.shortSide = side
    }
    if !explicit.contains("evaluation.view.longSide") {
      evaluation.view.longSide = max(augmentation.longSide, evaluation.view.shortSide)
    }
  }
}
