import DurableFiles
import Foundation
import SplitMaskCore
import Testing
import Torch
import TorchNN
import VisionModels

/// BEiT's parts of the encoder, against timm's own Beit.
@Suite struct BEiTEncoderTests {
  private static let metadata = ["image_size": "[16,24]"]

  /// The golden's parameters under BEiT's names.
  private func parameters(perBlock: Bool) throws -> [String: Tensor] {
    let golden = try golden("beit/timm_beit")
    func behind(_ prefix: String) -> [String: Tensor] {
      Dictionary(
        uniqueKeysWithValues: golden.filter { $0.key.hasPrefix(prefix) }.map {
          (String($0.key.dropFirst(prefix.count)), $0.value)
        })
    }
    let shared = behind("parameter.")
    guard perBlock else { return shared }
    return shared.filter { !$0.key.hasPrefix("rel_pos_bias") }.merging(behind("per_block.")) { $1 }
  }

  private func withFile<Result>(
    _ tensors: [String: Tensor], metadata: [String: String] = metadata, _ body: (URL) throws -> Result
  ) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try SafetensorsWriter.write(tensors.map { (name: $0.key, tensor: $0.value) }, metadata: metadata, to: url)
    return try body(url)
  }

  private func patches() throws -> Tensor {
    try golden("beit/timm_beit")["image"]!.reshaped([2, 3, 4, 4, 6, 4]).permuted([0, 2, 4, 1, 3, 5])
      .reshaped([2, 24, 48])
  }

  @Test(arguments: [false, true]) func aBEiTFileGivesTimmsTokens(perBlock: Bool) throws {
    let extra = ["mask_token": Tensor.zeros([1, 1, 24]), "lm_head.weight": Tensor.zeros([5, 24])]
    let state = try parameters(perBlock: perBlock)
    let loaded = try withFile(state.merging(extra) { $1 }) { try EncoderFile.read($0) }
    let config = loaded.encoder.config
    #expect(config.relativePositionBias == (perBlock ? .perBlock : .shared))
    #expect(!config.absolutePositions && !config.keyBias && config.layerScale == 0.1 && config.heads == 2)
    #expect(loaded.matchedCount == state.count && loaded.ignored == ["lm_head.weight", "mask_token"])
    let expected = try golden("beit/timm_beit")[perBlock ? "per_block_tokens" : "tokens"]!
    let scale = expected.absolute().maximum([]).item()
    let error = difference(noGrad { loaded.encoder(try! patches()) }, expected) / scale
    #expect(error < 1e-5)
  }

  @Test func whatIsWrittenHasBEiTsNames() throws {
    let state = try parameters(perBlock: false)
    let encoder = try withFile(state) { try EncoderFile.read($0).encoder }
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try EncoderFile.write(encoder, normalization: .imageNet, to: url)
    #expect(Set(try SafetensorsFile(url).names) == Set(state.keys))
    #expect(try EncoderFile.read(url).encoder.config == encoder.config)
    #expect(try EncoderFile.config(of: url) == encoder.config)
  }

  @Test func aSquareTableTellsItsGridWithoutMetadata() throws {
    var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(20), patchSize: 4)
    (config.width, config.depth, config.headCount) = (16, 1, 2)
    (config.relativePositionBias, config.absolutePositions, config.keyBias) = (.shared, false, false)
    var random = SplitMix64(state: 1)
    let encoder = try VisionTransformer(config, using: &random)
    let read = try withFile(encoder.stateDictionary, metadata: [:]) { try EncoderFile.config(of: $0) }
    #expect(read.grid == config.grid && read.heads == 2)
  }

  @Test func anotherSizeResamplesTheTables() throws {
    let loaded = try withFile(try parameters(perBlock: true)) {
      try EncoderFile.read($0, hints: .init(imageSize: ImageSize(height: 24, width: 24)))
    }
    #expect(loaded.resampledFrom == PatchGrid(rows: 4, columns: 6))
    #expect(loaded.encoder.blocks[1].attn.relativePositionBiasTable!.value.shape == [11 * 11 + 3, 2])
  }

  @Test func anotherFormComputesTheSame() throws {
    let encoder = try withFile(try parameters(perBlock: false)) { try EncoderFile.read($0).encoder }
    var config = encoder.config
    (config.relativePositionBias, config.keyBias, config.layerScale) = (.perBlock, true, nil)
    let other = try encoder.converted(to: config)
    let patches = try patches()
    #expect(difference(noGrad { other(patches) }, noGrad { encoder(patches) }) < 1e-5)
    let keys = other.stateDictionary["blocks.1.attn.qkv.bias"]!.narrowed(0, start: 24, count: 24)
    #expect(keys.absolute().sum().item() == 0)
    config.depth = 1
    #expect(throws: InvalidSetting.self) { try encoder.converted(to: config) }
  }

  @Test func withoutAnyPositionsThereIsNoEncoder() {
    var config = smallConfig()
    config.absolutePositions = false
    let error = #expect(throws: InvalidSetting.self) { try config.validate() }
    #expect(error?.key == "model.absolutePositions")
  }

  /// Shuffled patches with their places give shuffled tokens, though positions are relative only.
  @Test(arguments: [VisionTransformer.RelativePositionBias.shared, .perBlock])
  func placesDecideNotOrder(kind: VisionTransformer.RelativePositionBias) throws {
    var config = smallConfig(height: 8, width: 12)
    (config.relativePositionBias, config.absolutePositions, config.layerScale) = (kind, false, 0.5)
    var random = SplitMix64(state: 4)
    let model = try VisionTransformer(config, using: &random)
    for (key, parameter) in model.namedParameters where key.hasSuffix("bias_table") {
      parameter.assign(random.tensor(parameter.value.shape) * 4)
    }
    let patchifier = Patchifier(grid: config.grid, patchSize: 4, normalization: .imageNet, device: .cpu)
    let bytes = random.bytes([6, 48])
    func tokens(_ places: [Int]) -> Tensor {
      let rows = Tensor(places, shape: [1, places.count])
      let sequences = PatchSequences(bytes: bytes, rows: rows, positions: rows, prefixCount: 1, patchifier: patchifier)
      return noGrad { model.encode(model.embed(sequences), tableRows: sequences.tableRows) }
    }
    let order = [3, 0, 5, 1, 4, 2]
    let straight = tokens([0, 1, 2, 3, 4, 5])
    let moved = straight.indexSelect(1, Tensor([0] + order.map { $0 + 1 }))
    #expect(difference(tokens(order), moved) < 1e-5)
    let whole = PatchSequences(wholeImages: bytes, prefixCount: 1, patchifier: patchifier)
    #expect(difference(noGrad { model.encode(model.embed(whole)) }, straight) < 1e-5)
    let pixels = patchifier.normalized(bytes).unsqueezed(0)
    let hidden = noGrad { model.norm(model.hiddenTokens(pixels, afterBlocks: [2])[0]) }
    #expect(difference(hidden, straight) < 1e-5)
  }
}
