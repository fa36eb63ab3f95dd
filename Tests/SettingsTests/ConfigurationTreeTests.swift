import Foundation
import Settings
import Testing

@Suite struct ConfigurationTreeTests {
  private let resolved = """
    # SplitMask 1.0
    #
    # seed 7
    method: splitmask
    fallback: null
    name: run
    seed: 0
    model:
      patchSize: 16
      width: null
      imageSize: [224, 224]
    augmentation:
      cropScale: [0.08, 1.0]
      flipProbability: 0.1
      colorJitter: null
    training:
      batchSize: 64
      learningRate: 0.0015
      minimumLearningRate: 1.0e-05
      epochs: null
      resume: false

    """

  @Test func theResolvedFileHasEverySettingInDeclarationOrder() throws {
    let tree = try ConfigurationTree(encoding: SampleConfig())
    #expect(tree.yaml(header: ["SplitMask 1.0", "", "seed 7"]) == resolved)
  }

  @Test func remarksStandBehindTheirSettings() throws {
    let tree = try ConfigurationTree(encoding: SampleConfig())
    let text = tree.yaml(
      header: ["SplitMask"], remarks: ["seed": "of all draws", "training.epochs": "passes", "epochs": "no"])
    #expect(text.contains("\nseed: 0  # of all draws\n") && text.contains("\n  epochs: null  # passes\n"))
    #expect(text.split(separator: "\n").count { $0.contains("#") } == 3)
    #expect(try ConfigurationTree(yaml: text, source: "") == ConfigurationTree(yaml: tree.yaml(), source: ""))
  }

  @Test func theResolvedFileGivesTheSameConfiguration() throws {
    var config = SampleConfig()
    config.fallback = .dino
    config.seed = .max
    config.training.learningRate = .infinity
    config.training.minimumLearningRate = 0.1 + 0.2
    config.training.epochs = -3
    config.augmentation.colorJitter = .init(brightness: 1e300, hue: -0.0)
    for name in [
      "no", "1", "1e3", "null", "", " padded ", "a: b # c", "line\nbreak", "it's", "\"", "é🙂", "-", "=", "0o7", "1_0",
      "12:30:00", "2024-01-01",
    ] {
      config.name = name
      let yaml = try ConfigurationTree(encoding: config).yaml()
      let read = try ConfigurationOverlay.applying(yaml: yaml, source: "config.yaml", to: SampleConfig())
      #expect(read == config, "\(yaml)")
      #expect(try ConfigurationTree(encoding: read).yaml() == yaml)
    }
  }

  @Test(arguments: [
    ("1", ConfigurationTree.integer(1)), ("-12", .integer(-12)), ("1_000", .integer(1000)), ("0x1F", .integer(31)),
    ("010", .integer(10)), ("1.", .number(1)), (".5", .number(0.5)), ("1e-3", .number(0.001)),
    ("+1.5E+2", .number(150)),
    ("-.inf", .number(-.infinity)), ("yes", .text("yes")), ("true", .bool(true)), ("~", .null), ("'1'", .text("1")),
    ("inf", .text("inf")), ("nan", .text("nan")), ("e", .text("e")), ("1e", .text("1e")), ("0x1p3", .text("0x1p3")),
    ("add", .text("add")), ("1.2.3", .text("1.2.3")), ("_1", .text("_1")), ("vit-tiny", .text("vit-tiny")),
  ])
  func scalarsHaveTheTypesOfYAML12(text: String, value: ConfigurationTree) throws {
    #expect(try ConfigurationTree(yaml: text, source: "test") == value)
  }

  @Test func differencesNameTheSettings() throws {
    var changed = SampleConfig()
    changed.method = .dino
    changed.model.imageSize = [32, 32]
    changed.training.epochs = 3
    changed.augmentation.colorJitter = .init()
    let before = try ConfigurationTree(encoding: SampleConfig())
    let after = try ConfigurationTree(encoding: changed)
    #expect(before.differences(to: before).isEmpty)
    #expect(
      before.differences(to: after).map(\.description) == [
        "method: splitmask → dino", "model.imageSize: [224, 224] → [32, 32]",
        "augmentation.colorJitter: null → {brightness: 0.4, hue: 0.1}", "training.epochs: null → 3",
      ])
    let one = try ConfigurationTree(yaml: "{a: 1, b: 2}", source: "test")
    let other = try ConfigurationTree(yaml: "{b: 2, c: 3}", source: "test")
    #expect(one.differences(to: other).map(\.description) == ["a: 1 → not set", "c: not set → 3"])
  }
}
