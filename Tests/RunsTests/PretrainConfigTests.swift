import Foundation
import ImageCoding
import Runs
import SelfSupervision
import Settings
import SplitMaskCore
import Testing
import Torch
import VisionModels

@Suite struct PretrainConfigTests {
  private static let cuda = Device(.cuda, index: 0)

  private func config(_ change: (inout PretrainConfig) -> Void = { _ in }) -> PretrainConfig {
    var config = PretrainConfig()
    config.data.images = ["photos"]
    config.preset = .paper
    change(&config)
    return config
  }

  @Test func smallDataIsMaskedUniformlyAndChangedMore() {
    let small = config().resolved(imageCount: 54_999, device: .cpu, processes: .alone)
    #expect(small.regime == .smallData)
    #expect(small.splitmask.masking.strategy == .uniform && small.splitmask.masking.ratio == 0.75)
    #expect(small.augmentation.colorJitter != .none && small.augmentation.solarizeProbability > 0)
    let large = config().resolved(imageCount: 55_000, device: .cpu, processes: .alone)
    #expect(large.regime == .standard)
    #expect(large.splitmask.masking.strategy == .block && large.splitmask.masking.ratio == 0.5)
    #expect(large.augmentation == config().augmentation)
  }

  /// The run folder has the settings that have an effect, and no other method's.
  @Test(arguments: PretrainingMethod.allCases)
  func onlyTheMethodsOwnSettingsAreWritten(_ method: PretrainingMethod) throws {
    var config = PretrainConfig(method: method)
    config.data.images = ["photos"]
    let text = try config.yaml(header: [])
    let tree = try ConfigurationTree(yaml: text, source: "config.yaml")
    for other in PretrainingMethod.allCases { #expect((tree[other.rawValue] != nil) == (other == method), "\(other)") }
    #expect((tree["tokenizer"] != nil) == [.splitmask, .beit].contains(method))
    let read = try ConfigurationOverlay.applying(yaml: text, source: "config.yaml", to: PretrainConfig())
    try ChangedSettings.check(config, since: read, of: .run)
    #expect(try read.yaml(header: []) == text)
  }

  @Test func remarksAreOfSettingsThatThereAre() throws {
    let tree = try ConfigurationTree(encoding: PretrainConfig())
    for key in PretrainConfig.remarks.keys {
      let found = key.split(separator: ".").reduce(Optional(tree)) { $0?[String($1)] }
      #expect(found != nil, "\(key)")
    }
  }

  @Test func whatIsAskedForIsKept() {
    let asked = config {
      $0.regime = .standard
      $0.splitmask.masking.ratio = 0.6
      $0.augmentation.grayscaleProbability = 0.3
      ($0.training.epochs, $0.training.batchSize, $0.training.learningRate) = (7, 5, 0.25)
    }
    let resolved = asked.resolved(imageCount: 100, device: .cpu, processes: .alone)
    #expect(resolved.regime == .standard)
    #expect(resolved.splitmask.masking.strategy == .block && resolved.splitmask.masking.ratio == 0.6)
    #expect(resolved.training.length == .epochs(7))
    #expect(resolved.training.batchSize == 5 && resolved.training.learningRate == 0.25)
    let colors = config { $0.augmentation.grayscaleProbability = 0.3 }.resolved(
      imageCount: 100, device: .cpu, processes: .alone)
    #expect(colors.regime == .smallData && colors.augmentation == asked.augmentation)
  }

  /// The updates of 300 ImageNet epochs, at most 5,000 epochs (SplitMask, appendix).
  @Test(arguments: [(1_281_167, 300), (10_000, 5000), (384_350, 1000), (2000, 5000), (100_000, 3843)])
  func epochsFollowTheRule(images: Int, epochs: Int) {
    for device in [Self.cuda, .cpu] {
      #expect(
        config().resolved(imageCount: images, device: device, processes: .alone).training.length == .epochs(epochs))
    }
  }

  @Test func stepsLeaveEpochsOpen() {
    let resolved = config { $0.training.steps = 30 }.resolved(imageCount: 100, device: .cpu, processes: .alone)
    #expect(resolved.training.length == .steps(30) && resolved.config.training.epochs == nil)
  }

  @Test func rateIsLinearInTheImagesOfAnUpdate() throws {
    func rate(_ batch: Int, _ accumulate: Int) -> Double? {
      config { ($0.training.batchSize, $0.training.accumulate) = (batch, accumulate) }
        .resolved(imageCount: 5000, device: .cpu, processes: .alone).training.learningRate
    }
    #expect(rate(2048, 1) == 1.5e-3)
    #expect(rate(512, 4) == 1.5e-3)
    #expect(rate(64, 2) == 1.5e-3 / 16)
  }

  /// What each method publishes, for so many images an update.
  @Test(arguments: [
    (PretrainingMethod.splitmask, 1.5e-3, 2048), (.beit, 1.5e-3, 2048), (.dino, 5e-4, 256), (.mae, 1.5e-4, 256),
    (.supervised, 5e-4, 512),
  ])
  func ratesAreThePublishedOnes(method: PretrainingMethod, rate: Double, batch: Int) {
    var asked = PretrainConfig(method: method)
    asked.training.batchSize = batch
    let training = asked.resolved(imageCount: 5000, device: .cpu, processes: .alone).training
    #expect(training.learningRate == rate)
    #expect(training.schedule == [.mae: .fractional, .supervised: .perEpoch][method, default: .inclusive])
    asked.training.epochs = 99
    let short = asked.resolved(imageCount: 5000, device: .cpu, processes: .alone).training
    #expect(short.schedule == (method == .mae ? .fractional : .inclusive))
  }

  @Test func batchFitsDeviceAndData() {
    #expect(config().resolved(imageCount: 5000, device: .cpu, processes: .alone).training.batchSize == 64)
    #expect(config().resolved(imageCount: 5000, device: Self.cuda, processes: .alone).training.batchSize == 256)
    #expect(config().resolved(imageCount: 40, device: Self.cuda, processes: .alone).training.batchSize == 40)
  }

  @Test func resolvingAgainChangesNothing() {
    let once = config().resolved(imageCount: 1000, device: .cpu, processes: .alone)
    #expect(once.config.resolved(imageCount: 1000, device: .cpu, processes: .alone) == once)
  }

  @Test func defaultsAreValidAndFaultsAreNamed() throws {
    try config().validate()
    func key(_ change: (inout PretrainConfig) -> Void) -> String? {
      #expect(throws: InvalidSetting.self) { try config(change).validate() }?.key
    }
    #expect(key { $0.data.images = [] } == "data.images")
    #expect(key { $0.data.workers = -1 } == "data.workers")
    #expect(key { $0.data.cacheGigabytes = .nan } == "data.cacheGigabytes")
    #expect(key { $0.training.batchSize = 0 } == "training.batchSize")
    #expect(key { $0.training.learningRate = -1 } == "training.learningRate")
    #expect(key { $0.splitmask.masking.ratio = 1 } == "splitmask.masking.ratio")
    #expect(key { $0.splitmask.split = false } == "splitmask.match")
    #expect(key { $0.model.patchSize = 15 } == "model.patchSize")
    #expect(key { $0.model.imageSize = ImageSize(Int.max) } == "model.imageSize")
    #expect(key { $0.model.depth = Int.max } == "model.depth")
    #expect(
      key { $0.normalization = PixelNormalization(mean: [0, 0, 0], standardDeviation: [1, 0, 1]) } == "normalization")
  }

  /// Pixel statistics are nil until somebody says one of them; the other is then ImageNet's.
  @Test func oneOfThePixelStatisticsCanBeSaid() throws {
    let read = try ConfigurationOverlay.applying(assignment: "normalization.mean=[0.5, 0.5, 0.5]", to: PretrainConfig())
    #expect(read.normalization?.mean == [0.5, 0.5, 0.5])
    #expect(read.normalization?.standardDeviation == PixelNormalization.imageNet.standardDeviation)
  }

  @Test func tokenizerSeesHalfTheSizeOfLargePatches() {
    #expect(config().views.tokenizer?.height == 112)
    #expect(config { $0.model.patchSize = 8 }.views.tokenizer == nil)
  }
}

@Suite struct EarlierNameTests {
  /// Run folders and words of versions that called the distribution of random projections a law.
  @Test func filesOfEarlierVersionsAreRead() throws {
    let yaml = "tokenizer:\n  law: symmetric\n  vocabulary: 64\n"
    let read = try ConfigurationOverlay.applying(yaml: yaml, source: "config.yaml", to: PretrainConfig())
    #expect(read.tokenizer.distribution == .symmetric && read.tokenizer.vocabulary == 64)
    let assigned = try ConfigurationOverlay.applying(assignment: "tokenizer.law=symmetric", to: PretrainConfig())
    #expect(assigned.tokenizer.distribution == .symmetric)
    let wrong = #expect(throws: InvalidSetting.self) {
      try ConfigurationOverlay.applying(assignment: "tokenizer.law=odd", to: PretrainConfig())
    }
    #expect(wrong?.key == "tokenizer.distribution")
  }
}
