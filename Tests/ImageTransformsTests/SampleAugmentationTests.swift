import Foundation
import ImageTransforms
import SplitMaskCore
import Testing

/// What is drawn for images of float channels, and which settings have a meaning for them.
@Suite struct SampleAugmentationTests {
  private func draws(_ config: Augmentation.Config, channelCount: Int = 3, count: Int = 3000) -> [Augmentation.Draw] {
    (0..<count).map { index in
      var generator = SeededGenerator(seed: 3, index: index, purpose: .augmentation)
      return Augmentation(config).draw(using: &generator, width: 50, height: 40, channelCount: channelCount)
    }
  }

  private static func everything(_ config: Augmentation.Config) -> Augmentation.Config {
    var config = config
    (config.dihedral, config.noise, config.channelDropout) = (true, 0.2, 0.3)
    return config
  }

  private static let threeAugment = {
    var config = Augmentation.Config()
    config.threeAugment = true
    return config
  }()

  private static let randAugment = {
    var config = Augmentation.Config()
    config.randAugment = RandAugment.Config()
    return config
  }()

  /// The further draws come after all others.
  @Test(arguments: [.init(), .smallData, threeAugment, randAugment])
  func otherDrawsStay(config: Augmentation.Config) {
    let plain = draws(config, count: 200)
    let more = draws(Self.everything(config), count: 200)
    #expect(plain.allSatisfy { $0.dihedral == .identity && $0.noise == nil && $0.droppedChannels.isEmpty })
    #expect(more.allSatisfy { $0.noise != nil })
    for (plain, more) in zip(plain, more) {
      var less = more
      (less.dihedral, less.noise, less.droppedChannels) = (.identity, nil, [])
      #expect(less == plain)
    }
  }

  /// With all of them off, the generator is left where it was.
  @Test func nothingFurtherIsDrawnByDefault() {
    var generator = SeededGenerator(seed: 1, purpose: .augmentation)
    var config = Augmentation.Config()
    config.cropScale = 1...1
    config.cropRatio = 1...1
    _ = Augmentation(config).draw(using: &generator, width: 20, height: 20, channelCount: 9)
    var expected = SeededGenerator(seed: 1, purpose: .augmentation)
    // Area, ratio, row and column of the crop; flip, greyscale, blur, solarization.
    for _ in 0..<8 { _ = expected.next() }
    #expect(generator.next() == expected.next())
  }

  @Test func noiseIsDrawnUniformly() {
    let noises = draws(Self.everything(.init())).compactMap(\.noise)
    #expect(noises.count == 3000)
    #expect(noises.allSatisfy { (0...0.2).contains($0.standardDeviation) })
    #expect(abs(noises.map(\.standardDeviation).reduce(0, +) / 3000 - 0.1) < 0.006)
    #expect(Set(noises.map(\.seed)).count == 3000)
  }

  @Test func someChannelAlwaysStays() {
    var config = Augmentation.Config()
    config.channelDropout = 0.5
    for channelCount in [1, 2, 6] {
      let draws = draws(config, channelCount: channelCount)
      #expect(draws.allSatisfy { $0.droppedChannels.count < channelCount })
      #expect(draws.joinedChannels.allSatisfy { (0..<channelCount).contains($0) })
      // Half of them, less the one that stays where all would go.
      let expected = Double(channelCount) / 2 - pow(0.5, Double(channelCount))
      #expect(abs(Double(draws.joinedChannels.count) / 3000 - expected) < 0.1)
      let counts = (0..<channelCount).map { channel in draws.joinedChannels.count { $0 == channel } }
      #expect(Double(counts.max()! - counts.min()!) < 250)
    }
  }

  @Test func furtherSettingsAreChecked() throws {
    try Self.everything(.smallData).validate()
    let changes: [(String, (inout Augmentation.Config) -> Void)] = [
      ("noise", { $0.noise = 1.1 }), ("noise", { $0.noise = -0.1 }), ("noise", { $0.noise = .nan }),
      ("channelDropout", { $0.channelDropout = 1 }), ("channelDropout", { $0.channelDropout = -0.1 }),
    ]
    for (key, change) in changes {
      var config = Augmentation.Config()
      change(&config)
      let error = #expect(throws: InvalidSetting.self) { try config.validate() }
      #expect(error?.key == "augmentation." + key)
    }
  }

  @Test func settingsForPhotographsAreNamedAndTurnedOff() {
    var config = Augmentation.Config()
    #expect(config.settingsForPhotographs.isEmpty && config.settingsForSamples.isEmpty)
    config.colorJitter = ColorJitter(brightness: 0.4, contrast: 0.3)
    #expect(config.settingsForPhotographs.isEmpty)
    #expect(config.withoutColors() == config)

    let all = Self.everything(.smallData)
    #expect(
      all.settingsForPhotographs == [
        "colorJitter.saturation", "colorJitter.hue", "grayscaleProbability", "solarizeProbability",
      ])
    #expect(all.settingsForSamples == ["noise", "channelDropout"])
    let left = all.withoutColors()
    #expect(left.settingsForPhotographs.isEmpty)
    #expect(left.colorJitter == ColorJitter(brightness: 0.4, contrast: 0.4, probability: 0.8))
    #expect(left.blurProbability == 0.5 && left.dihedral && left.settingsForSamples == all.settingsForSamples)

    #expect(Self.threeAugment.settingsForPhotographs == ["threeAugment"])
    #expect(Self.randAugment.settingsForPhotographs == ["randAugment"])
    #expect(Self.randAugment.withoutColors() == .init())
  }
}

extension [Augmentation.Draw] {
  fileprivate var joinedChannels: [Int] { flatMap(\.droppedChannels) }
}
