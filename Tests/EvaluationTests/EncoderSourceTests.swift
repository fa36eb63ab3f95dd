import Evaluation
import Foundation
import Testing
import Torch
import Training
import VisionModels

@Suite struct EncoderSourceTests {
  private var config: VisionTransformer.Config {
    var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(8), patchSize: 4)
    (config.width, config.depth, config.headCount) = (32, 1, 4)
    return config
  }

  @Test func findsTheEncoderOfARunAndItsShapeForARandomOne() throws {
    try withFolder { folder in
      let original = try EncoderSource(named: "random", config: config, seed: 3).load()
      let file = folder.appendingPathComponent("encoder.safetensors")
      try EncoderFile.write(original.encoder, normalization: original.normalization, to: file)
      let run = try EncoderSource(named: folder.path)
      #expect(try EncoderSource(named: file.path).load().source == run.load().source)
      let loaded = try run.load()
      #expect(loaded.encoder.clsToken!.value.detached().hasSameValues(as: original.encoder.clsToken!.value.detached()))
      let like = try EncoderSource(named: "random", like: folder.path, seed: 3)
      #expect(like == .random(config, seed: 3))
      let again = try like.load().encoder
      #expect(again.norm.weight.value.shape == [32])
      #expect(again.posEmbed!.value.detached().hasSameValues(as: original.encoder.posEmbed!.value.detached()))
      #expect(try run.load(hints: .init(imageSize: ImageSize(16))).encoder.config.grid.count == 16)
    }
  }

  @Test func whatBelongsToAFileIsDigestedToo() throws {
    try withFolder { folder in
      let original = try EncoderSource(named: "random", config: config).load()
      let file = folder.appendingPathComponent("model.safetensors")
      try EncoderFile.write(original.encoder, normalization: original.normalization, to: file)
      let source = try EncoderSource(named: file.path)
      let alone = try #require(try source.digest)
      let description = folder.appendingPathComponent("config.json")
      try Data("{\"model_type\": \"vit\"}".utf8).write(to: description)
      let described = try #require(try source.digest)
      try Data("{\"model_type\": \"deit\"}".utf8).write(to: description)
      #expect(try described.hasPrefix(alone) && described != alone && source.digest != described)
      let index = folder.appendingPathComponent("model.safetensors.index.json")
      try Data("{\"weight_map\": {\"norm.weight\": \"model.safetensors\"}}".utf8).write(to: index)
      #expect(try EncoderSource(named: index.path).digest?.contains(alone) == true)
    }
  }

  @Test func anotherSeedGivesOtherWeights() throws {
    let first = try EncoderSource.random(config, seed: 1).load().encoder.posEmbed!.value.detached()
    let second = try EncoderSource.random(config, seed: 2).load().encoder.posEmbed!.value.detached()
    #expect(!first.hasSameValues(as: second))
  }

  @Test func saysWhatIsMissing() throws {
    try withFolder { folder in
      #expect(throws: TrainingError.self) { try EncoderSource(named: folder.path) }
      let nowhere = folder.appendingPathComponent("none").path
      #expect(throws: TrainingError.self) { try EncoderSource(named: nowhere) }
      #expect(throws: EvaluationError.noShapeForRandom) { try EncoderSource(named: "random") }
    }
  }
}
