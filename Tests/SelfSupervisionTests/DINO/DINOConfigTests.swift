import Foundation
import SelfSupervision
import SplitMaskCore
import Testing
import VisionModels

private func encoder(_ side: Int, patch: Int) -> VisionTransformer.Config {
  VisionTransformer.Config(.tiny, imageSize: ImageSize(side), patchSize: patch)
}

/// A setting that cannot work, and the key that the error names.
struct Refusal: CustomTestStringConvertible, Sendable {
  let key: String
  let change: @Sendable (inout DINO.Config) -> Void

  var testDescription: String { key }

  static let all = [
    Refusal(key: "dino.outputDimension") { $0.outputDimension = 0 },
    Refusal(key: "dino.teacherMomentum") { $0.teacherMomentum = 1.5 },
    Refusal(key: "dino.centerMomentum") { $0.centerMomentum = -0.1 },
    Refusal(key: "dino.teacherTemperature") { $0.teacherTemperature = 0 },
    Refusal(key: "dino.studentTemperature") { $0.studentTemperature = .nan },
    Refusal(key: "dino.frozenLastLayerEpochs") { $0.frozenLastLayerEpochs = -1 },
    Refusal(key: "dino.crops.localCount") { $0.crops.localCount = -1 },
    Refusal(key: "dino.crops.localSize") { $0.crops.localSize = ImageSize(13) },
    Refusal(key: "dino.crops.blurProbabilities") { $0.crops.blurProbabilities = [1] },
    Refusal(key: "dino.crops") { $0.crops.localScale = 0...2 },
    Refusal(key: "dino.crops") { $0.crops.solarizeProbability = 2 },
  ]
}

@Suite struct DINOConfigTests {
  private func resolved(
    images: Int, batch: Int, steps: Int, side: Int = 224, patch: Int = 16, _ asked: DINO.Config = DINO.Config()
  ) -> DINO.ResolvedConfig {
    asked.resolved(imageCount: images, batchSize: batch, totalSteps: steps, encoder: encoder(side, patch: patch))
  }

  @Test func imageNetGivesThePublishedDefaults() {
    let config = resolved(images: 1_281_167, batch: 512, steps: 100 * 2502)
    #expect(config.outputDimension == 65536)
    #expect(config.teacherMomentum == 0.996)
    #expect(config.teacherTemperature == 0.04)
    #expect(config.frozenLastLayerEpochs == 1)
    #expect(config.crops.localCount == 8)
    #expect(config.crops.localSize == ImageSize(96))
    let crops = config.crops.multiCrop(encoder: encoder(224, patch: 16)).crops
    #expect(crops.map(\.size.height) == [224, 224] + [Int](repeating: 96, count: 8))
    #expect(crops.map(\.augmentation.blurProbability) == [1, 0.1] + [Double](repeating: 0.5, count: 8))
    #expect(crops.map(\.augmentation.solarizeProbability) == [0, 0.2] + [Double](repeating: 0, count: 8))
    let scales = crops.map(\.augmentation.cropScale)
    #expect(scales.prefix(2).allSatisfy { $0 == 0.4...1 } && scales.dropFirst(2).allSatisfy { $0 == 0.05...0.4 })
    #expect(crops.allSatisfy { $0.augmentation.blurRadius == 0.1...2 })
  }

  @Test func smallDataGetsASmallHeadAndASlowTeacher() {
    let config = resolved(images: 50_000, batch: 64, steps: 20_000, side: 32, patch: 4)
    #expect(config.outputDimension == 4096)
    #expect(abs(config.teacherMomentum - 0.9995) < 1e-12)
    #expect(config.crops.localCount == 4)
    #expect(config.crops.localSize == ImageSize(12))
    let radius = config.crops.multiCrop(encoder: encoder(32, patch: 4)).crops[0].augmentation.blurRadius
    #expect(abs(radius.upperBound - 2 * 32 / 224) < 1e-12)
    // A short run's teacher must get away from where it began.
    #expect(resolved(images: 50_000, batch: 64, steps: 5000).teacherMomentum == 1 - 10.0 / 5000)
    #expect(resolved(images: 500, batch: 64, steps: 20).teacherMomentum == 0.996)
    #expect(resolved(images: 500, batch: 64, steps: 7).frozenLastLayerEpochs == 0)
    #expect(resolved(images: 100, batch: 10, steps: 20).outputDimension == 1024)
    #expect(resolved(images: 100, batch: 10, steps: 20, side: 8, patch: 4).crops.localSize == ImageSize(8))
  }

  @Test func longRunsWarmTheTeacherUp() {
    let config = resolved(images: 1000, batch: 100, steps: 3000)
    #expect((0..<300).map(config.teacherTemperature).max() == 0.07)
    #expect(config.teacherTemperature(epoch: 0) == 0.04)
    #expect(config.teacherTemperature(epoch: 29) == 0.07)
    #expect(abs(config.teacherTemperature(epoch: 10) - (0.04 + 0.03 * 10 / 29)) < 1e-12)
    #expect(resolved(images: 1000, batch: 100, steps: 2000).teacherTemperature(epoch: 150) == 0.04)
  }

  @Test func whatIsSetStaysAndIsNotAnnounced() {
    var asked = DINO.Config()
    (asked.outputDimension, asked.teacherMomentum, asked.teacherTemperature) = (300, 0.9, 0.06)
    (asked.crops.localCount, asked.crops.localSize) = (3, ImageSize(48))
    let config = resolved(images: 1000, batch: 100, steps: 3000, asked)
    #expect(config.outputDimension == 300 && config.teacherMomentum == 0.9 && config.teacherTemperature == 0.06)
    #expect(config.crops == asked.crops)
    #expect(config.config.notes(asked: asked, encoder: encoder(224, patch: 16)) == [])
    let automatic = resolved(images: 50_000, batch: 64, steps: 20_000, side: 32, patch: 4)
    let notes = automatic.config.notes(asked: DINO.Config(), encoder: encoder(32, patch: 4))
    #expect(notes.count == 4)
    for part in ["4,096 outputs", "momentum 0.9995", "temperature 0.04", "4 local crops of 12 beside 2 of 32"] {
      #expect(notes.contains { $0.contains(part) }, "\(part): \(notes)")
    }
  }

  @Test(arguments: Refusal.all) func whatCannotWorkIsRefused(refusal: Refusal) throws {
    var config = DINO.Config()
    try config.validate(encoder: encoder(32, patch: 4))
    refusal.change(&config)
    let error = #expect(throws: InvalidSetting.self) { try config.validate(encoder: encoder(32, patch: 4)) }
    #expect(error?.key == refusal.key)
  }

  @Test func aClassTokenIsNeeded() {
    var shape = encoder(32, patch: 4)
    shape.classToken = false
    let error = #expect(throws: InvalidSetting.self) { try DINO.Config().validate(encoder: shape) }
    #expect(error?.key == "model.classToken")
  }
}
