import DurableFiles
import Foundation
import Testing
import Torch
import VisionModels

/// A file whose names, shapes and strings contradict each other is refused before a network is built of them.
@Suite struct EncoderClaimTests {
  private func state(_ config: VisionTransformer.Config = smallConfig()) throws -> [String: Tensor] {
    var random = SplitMix64(state: 1)
    return try VisionTransformer(config, using: &random).stateDictionary
  }

  private func refusal(_ tensors: [String: Tensor], _ metadata: [String: String] = [:]) throws -> String {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try SafetensorsWriter.write(
      tensors.map { (name: $0.key, tensor: $0.value) }, metadata: ["heads": "2"].merging(metadata) { $1 }, to: url)
    let error = #expect(throws: EncoderFileError.self) { try EncoderFile.read(url) }
    #expect(throws: EncoderFileError.self) { try EncoderFile.config(of: url) }
    return error?.description ?? "accepted"
  }

  @Test(arguments: [
    "blocks.9223372036854775807.x.bias", "blocks.99999999.x.bias", "blocks.-1.x.bias", "blocks.3.x.bias",
  ])
  func blocksAreNumberedWithoutAGap(name: String) throws {
    let text = try refusal(state().merging([name: Tensor.zeros([1])]) { $1 })
    #expect(text.contains("'\(name)' is of block") && text.contains("3 blocks"), "\(text)")
  }

  @Test(arguments: [
    ("blocks.0.mlp.fc1.weight", [128, 31]), ("blocks.0.mlp.fc1.weight", [130, 32]), ("pos_embed", [2, 17, 32]),
    ("pos_embed", [1, 17, 31]),
  ])
  func shapesMustFitThePatches(name: String, shape: [Int]) throws {
    let text = try refusal(state().merging([name: Tensor.zeros(shape)]) { $1 })
    #expect(text.contains("'\(name)' has shape \(shape), and patches of width 32 need"), "\(text)")
  }

  @Test(arguments: ["[9223372036854775807,16]", "0", "-4", "65536"])
  func imageSizesAreThoseOfImages(size: String) throws {
    #expect(try refusal(state(), ["image_size": size]).contains("its metadata has image_size = \(size)"))
  }

  @Test func tablesOfRelativePositionsMustFitTheImages() throws {
    var config = smallConfig()
    (config.relativePositionBias, config.absolutePositions) = (.shared, false)
    let name = "rel_pos_bias.relative_position_bias_table"
    let state = try state(config)
    #expect(state[name]?.shape == [52, 2])
    for metadata in [["image_size": "65532"], ["heads": "4"]] {
      let text = try refusal(state, ["image_size": "16"].merging(metadata) { $1 })
      #expect(text.contains("'\(name)' has shape [52, 2]"), "\(text)")
    }
  }
}
