import DurableFiles
import Foundation
import Testing
import Torch
import VisionModels

/// Files of other programs: their encoder is found, and nothing is taken that does not fit.
@Suite struct EncoderNamesTests {
  private func read(_ tensors: [String: Tensor]) throws -> LoadedEncoder {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try SafetensorsWriter.write(tensors.map { (name: $0.key, tensor: $0.value) }, metadata: ["heads": "2"], to: url)
    return try EncoderFile.read(url)
  }

  private func state(seed: UInt64 = 1) throws -> [String: Tensor] {
    var random = SplitMix64(state: seed)
    return try VisionTransformer(smallConfig(), using: &random).stateDictionary
  }

  private func behind(_ prefix: String, _ state: [String: Tensor]) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: state.map { (prefix + $0.key, $0.value) })
  }

  @Test(arguments: ["", "model.", "module.", "backbone.", "module.backbone.", "teacher.backbone."])
  func wrappersAreTakenOff(prefix: String) throws {
    let state = try state()
    let loaded = try read(behind(prefix, state))
    #expect(loaded.matchedCount == state.count && loaded.ignored.isEmpty)
    #expect(loaded.encoder.stateDictionary["norm.bias"]!.hasSameValues(as: state["norm.bias"]!))
  }

  @Test func ofDINOsTwoNetworksTheTeacherIsTaken() throws {
    let (student, teacher) = (try state(seed: 1), try state(seed: 2))
    let head = ["teacher.head.mlp.0.weight": Tensor.zeros([2, 2])]
    let loaded = try read(
      behind("student.module.backbone.", student).merging(behind("teacher.backbone.", teacher)) { $1 }
        .merging(head) { $1 })
    #expect(loaded.matchedCount == teacher.count && loaded.ignored.count == student.count + 1)
    #expect(loaded.encoder.stateDictionary["pos_embed"]!.hasSameValues(as: teacher["pos_embed"]!))
  }

  @Test func ofMAETheDecoderIsLeftAside() throws {
    let decoder = [
      "mask_token": Tensor.zeros([1, 1, 8]), "decoder_pos_embed": Tensor.zeros([1, 17, 8]),
      "decoder_blocks.0.norm1.weight": Tensor.zeros([8]), "decoder_pred.bias": Tensor.zeros([48]),
    ]
    let loaded = try read(try state().merging(decoder) { $1 })
    #expect(loaded.ignored == decoder.keys.sorted())
  }

  @Test func distilledModelsDoNotMatch() throws {
    let error = #expect(throws: EncoderFileError.self) {
      try read(try state().merging(["dist_token": Tensor.zeros([1, 1, 32])]) { $1 })
    }
    #expect(error?.description.contains("1 unexpected: dist_token") == true)
  }

  @Test func aTensorUnderTwoNamesIsRefused() throws {
    let error = #expect(throws: EncoderFileError.self) {
      try read(try state().merging(["module.norm.bias": Tensor.zeros([32])]) { $1 })
    }
    #expect(error?.description.contains("'norm.bias' twice") == true)
  }
}
