import Runs
import Settings
import SplitMaskCore
import Testing

@Suite struct DenseConfigTests {
  @Test func aPresetChangesWhatItIsAbout() throws {
    let small = try DetectionConfig().applying(preset: "small")
    #expect(small.preset == "small" && small.augmentation.shortSides == [256, 288, 320])
    #expect(small.evaluation.view.shortSide == 320 && small.model.architecture == .tiny)
    let differences = try ConfigurationTree(encoding: DetectionConfig()).differences(
      to: ConfigurationTree(encoding: small))
    #expect(differences.allSatisfy { $0.key == "training.learningRate" || !$0.key.hasPrefix("training.") })
    try checked(small).validate()
    var segmentation = try SegmentationConfig().applying(preset: "small")
    #expect(segmentation.augmentation.cropSize == 256 && segmentation.evaluation.window == 256)
    segmentation.data.folder = "x"
    try segmentation.validate()
  }

  @Test func judgingFollowsTheSizesOfTraining() throws {
    var detection = DetectionConfig()
    (detection.augmentation.shortSides, detection.augmentation.longSide) = ([96, 128], 200)
    detection.fitSizes(explicit: ["evaluation.view.longSide"])
    #expect(detection.evaluation.view.shortSide == 128 && detection.evaluation.view.longSide == 1333)
    detection.evaluation.view.shortSide = 700
    detection.fitSizes(explicit: ["evaluation.view.shortSide"])
    #expect(detection.evaluation.view.shortSide == 700 && detection.evaluation.view.longSide == 700)
    var segmentation = SegmentationConfig()
    (segmentation.augmentation.shortSide, segmentation.augmentation.cropSize) = (300, 192)
    segmentation.fitSizes(explicit: ["evaluation.longSide"])
    let evaluation = segmentation.evaluation
    #expect(evaluation.shortSide == 300 && evaluation.window == 192 && evaluation.stride == 128)
    #expect(evaluation.longSide == 2048)
    // The published sizes fit each other.
    var published = (DetectionConfig(), SegmentationConfig())
    published.0.fitSizes(explicit: [])
    published.1.fitSizes(explicit: [])
    #expect(published == (DetectionConfig(), SegmentationConfig()))
  }

  private func checked(_ config: DetectionConfig) -> DetectionConfig {
    var config = config
    (config.data.annotations, config.data.images) = ("x", "x")
    return config
  }

  @Test func anUnknownPresetIsNamed() throws {
    let error = #expect(throws: InvalidSetting.self) { try DetectionConfig().applying(preset: "smal") }
    #expect(error?.description.contains("did you mean 'small'") == true)
    #expect(try DetectionConfig().applying(preset: nil) == DetectionConfig())
  }

  @Test func labelMapsAreSettings() throws {
    func config(_ assignments: String...) throws -> SegmentationConfig {
      try ConfigurationOverlay.applying(assignments: assignments, to: SegmentationConfig())
    }
    #expect(try config().data.labelMap == nil)
    #expect(try config("data.labelMap=zero-based").data.labelMap == .zeroBased)
    let table = try config("data.labelMap={1: 1}", "data.labelMap={0: 1, 255: 2}")
    #expect(table.data.labelMap == .table([0: 1, 255: 2]))
    #expect(try config("data.labelMap='0: 1, 255: 2'") == table)
    let yaml = try ConfigurationTree(encoding: table).yaml()
    #expect(yaml.contains("labelMap: '0: 1, 255: 2'"))
    #expect(try ConfigurationOverlay.applying(yaml: yaml, source: "config.yaml", to: SegmentationConfig()) == table)
    for wrong in ["data.labelMap={0: 300}", "data.labelMap={a: 1}", "data.labelMap=none"] {
      let error = #expect(throws: InvalidSetting.self) { try config(wrong) }
      #expect(error?.key.hasPrefix("data.labelMap") == true)
    }
  }
}
