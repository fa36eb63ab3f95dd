import DurableFiles
import Foundation
import ImageCoding
import SplitMaskCore
import Testing
import Torch
import VisionModels

/// What no tensor of a foreign file tells: it is taken from the published family, or from the user, and said.
@Suite struct EncoderAssumptionTests {
  private func state(width: Int, grid: (Int, Int) = (2, 2)) throws -> [String: Tensor] {
    var config = VisionTransformer.Config(
      .tiny, imageSize: ImageSize(height: 4 * grid.0, width: 4 * grid.1), patchSize: 4)
    (config.width, config.depth, config.mlpRatio, config.headCount) = (width, 1, 1, 1)
    var random = SplitMix64(state: 1)
    return try VisionTransformer(config, using: &random).stateDictionary
  }

  private func withFile<Result>(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], prefix: String = "", _ body: (URL) throws -> Result
  ) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try SafetensorsWriter.write(tensors.map { (name: prefix + $0.key, tensor: $0.value) }, metadata: metadata, to: url)
    return try body(url)
  }

  /// MAE's and the ViT paper's ViT-H has 16 heads of 80 channels.
  @Test(arguments: [(192, 3), (384, 6), (768, 12), (1024, 16), (1280, 16), (128, 2)])
  func headsAreThoseOfThePublishedFamily(width: Int, heads: Int) throws {
    try withFile(try state(width: width)) { url in
      let loaded = try EncoderFile.read(url)
      #expect(loaded.encoder.config.heads == heads)
      let note = try #require(loaded.notes.first)
      #expect(note.contains("assumed: \(heads) attention heads") && note.contains("--heads N"), "\(note)")
    }
  }

  /// moco-v3/vits.py: its ViT-S has 12 heads, unlike DeiT's.
  @Test func headsOfMoCoAreItsOwn() throws {
    let loaded = try withFile(try state(width: 384), prefix: "module.base_encoder.") { try EncoderFile.read($0) }
    #expect(loaded.encoder.config.heads == 12)
    #expect(loaded.notes[0].contains("12 attention heads (MoCo v3's ViT-S)"))
  }

  @Test func theUserMaySayTheHeads() throws {
    try withFile(try state(width: 384)) { url in
      let loaded = try EncoderFile.read(url, hints: .init(heads: 12))
      #expect(loaded.encoder.config.heads == 12 && !loaded.notes[0].contains("heads"), "\(loaded.notes)")
      #expect(try EncoderFile.config(of: url, hints: .init(heads: 12)).heads == 12)
      let error = #expect(throws: InvalidSetting.self) { try EncoderFile.read(url, hints: .init(heads: 7)) }
      #expect(error?.problem.contains("7 heads do not divide a width of 384") == true)
    }
    // Of a width that no published family has, nothing is guessed.
    try withFile(try state(width: 24)) { (url: URL) throws in
      #expect(throws: EncoderFileError.self) { try EncoderFile.read(url) }
      #expect(try EncoderFile.read(url, hints: .init(heads: 3)).encoder.config.heads == 3)
    }
  }

  /// The file knows better.
  @Test func theFilesOwnWordCounts() throws {
    try withFile(try state(width: 384), metadata: ["heads": "3"]) { (url: URL) throws in
      #expect(try EncoderFile.read(url, hints: .init(heads: 12)).encoder.config.heads == 3)
    }
  }

  @Test func everyAssumptionIsSaid() throws {
    let loaded = try withFile(try state(width: 192)) { try EncoderFile.read($0) }
    #expect(loaded.notes.count == 1)
    for part in ["square images of 8 pixels", "ImageNet's mean and standard deviation", "exact GELU", "1e-6"] {
      #expect(loaded.notes[0].contains(part), "\(loaded.notes)")
    }
  }

  @Test func statisticsThatAreGivenAreNotAssumed() throws {
    let half = PixelNormalization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
    let loaded = try withFile(try state(width: 192)) { try EncoderFile.read($0, normalization: half) }
    #expect(loaded.normalization == half && !loaded.notes[0].contains("ImageNet"), "\(loaded.notes)")
  }

  @Test func ourOwnFilesLeaveNothingOpen() throws {
    var random = SplitMix64(state: 1)
    let encoder = try VisionTransformer(smallConfig(height: 8, width: 12), using: &random)
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try EncoderFile.write(encoder, normalization: .imageNet, to: url)
    #expect(try EncoderFile.read(url).notes.isEmpty)
  }

  @Test func anOblongGridIsTheUsersToSay() throws {
    try withFile(try state(width: 192, grid: (2, 3))) { url in
      let error = #expect(throws: EncoderFileError.self) { try EncoderFile.read(url) }
      #expect(error?.description.contains("--image-size") == true)
      let size = ImageSize(height: 8, width: 12)
      let loaded = try EncoderFile.read(url, hints: .init(imageSize: size))
      #expect(loaded.encoder.config.imageSize == size && loaded.resampledFrom == nil)
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func valuesThatAreNotFiniteAreNamed(value: Float) throws {
    var broken = try state(width: 192)
    broken["norm.bias"] = Tensor([value] + [Float](repeating: 0, count: 191))
    let error = try withFile(broken) { url in
      #expect(throws: EncoderFileError.self) { try EncoderFile.read(url) }
    }
    #expect(error?.problem == .notFinite(tensor: "norm.bias"))
  }

  @Test func onePartOfSeveralIsSaid() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "model-00001-of-00002.safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try SafetensorsWriter.write([("blocks.0.norm1.bias", Tensor.zeros([3]))], to: url)
    let error = #expect(throws: EncoderFileError.self) { try EncoderFile.read(url) }
    #expect(error?.description.contains("one part of several") == true)
  }
}
