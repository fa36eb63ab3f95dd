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

  private func refusal(_ tensors: [String: Tensor]) -> String? {
    #expect(throws: EncoderFileError.self) { try read(tensors) }?.description
  }

  private func state(seed: UInt64 = 1) throws -> [String: Tensor] {
    var random = SplitMix64(state: seed)
    return try VisionTransformer(smallConfig(), using: &random).stateDictionary
  }

  private func behind(_ prefix: String, _ state: [String: Tensor]) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: state.map { (prefix + $0.key, $0.value) })
  }

  @Test(arguments: [
    "", "model.", "module.", "backbone.", "module.backbone.", "teacher.backbone.", "_orig_mod.", "state_dict.model.",
    "state_dict.model._orig_mod.", "visual.trunk.",
  ])
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

  @Test func whatIsTakenOfSeveralIsSaid() throws {
    let (student, teacher) = (try state(seed: 1), try state(seed: 2))
    let loaded = try read(
      behind("student.module.backbone.", student).merging(behind("teacher.backbone.", teacher)) { $1 })
    let note = try #require(loaded.notes.first)
    #expect(note.contains("'teacher.backbone' is taken, 'student.module.backbone' left aside"), "\(note)")
  }

  /// timm's and DeiT's own checkpoints; MoCo v3's.
  @Test(arguments: [
    ("state_dict_ema.", "state_dict."), ("model_ema.", "model."), ("target_encoder.", "encoder."),
    ("module.base_encoder.", "module.momentum_encoder."), ("teacher.backbone.", "student.backbone."),
  ])
  func theMovingAverageIsTaken(wanted: String, other: String) throws {
    let (first, second) = (try state(seed: 1), try state(seed: 2))
    let loaded = try read(behind(wanted, first).merging(behind(other, second)) { $1 })
    #expect(loaded.encoder.stateDictionary["pos_embed"]!.hasSameValues(as: first["pos_embed"]!))
  }

  @Test func ofSeveralAlikeNoneIsTaken() throws {
    let text = try #require(try refusal(behind("left.", state()).merging(behind("right.", state(seed: 2))) { $1 }))
    #expect(text.contains("holds 2 encoders, 'left.…', 'right.…'"), "\(text)")
  }

  @Test func whatIsBesideAnEncoderIsLeftAside() throws {
    let others = [
      "optimizer_states.0.state.0.exp_avg": Tensor.zeros([3]), "state_dict.criterion.weight": Tensor.zeros([2]),
      "callbacks.x": Tensor.zeros([1]), "state_dict.model.head.weight": Tensor.zeros([5, 32]),
    ]
    let loaded = try read(behind("state_dict.model.", try state()).merging(others) { $1 })
    #expect(loaded.ignored == others.keys.sorted())
  }

  /// DINOv2's teacher checkpoint: blocks in chunks, numbered throughout, with heads and a mask token beside.
  @Test func chunksOfDINOv2AreBlocks() throws {
    let state = try state()
    let chunked = Dictionary(
      uniqueKeysWithValues: state.map { key, value in
        (
          "teacher.backbone."
            + key.replacing("blocks.0.", with: "blocks.0.0.").replacing("blocks.1.", with: "blocks.1.1."), value
        )
      })
    let heads = [
      "teacher.dino_head.mlp.0.weight": Tensor.zeros([2, 2]), "teacher.backbone.mask_token": Tensor.zeros([1, 32]),
    ]
    let loaded = try read(chunked.merging(heads) { $1 })
    #expect(loaded.matchedCount == state.count && loaded.encoder.config.blockCount == 2)
    let key = "blocks.1.mlp.fc1.weight"
    #expect(loaded.encoder.stateDictionary[key]!.hasSameValues(as: state[key]!))
  }

  @Test func ofMAETheDecoderIsLeftAside() throws {
    let decoder = [
      "mask_token": Tensor.zeros([1, 1, 8]), "decoder_pos_embed": Tensor.zeros([1, 17, 8]),
      "decoder_blocks.0.norm1.weight": Tensor.zeros([8]), "decoder_pred.bias": Tensor.zeros([48]),
    ]
    let loaded = try read(try state().merging(decoder) { $1 })
    #expect(loaded.ignored == decoder.keys.sorted())
  }

  @Test func aTokenOfAnotherWidthDoesNotMatch() throws {
    let text = refusal(try state().merging(["dist_token": Tensor.zeros([1, 1, 31])]) { $1 })
    #expect(text?.contains("1 unexpected: dist_token") == true, "\(text ?? "")")
  }

  @Test func aTensorUnderTwoNamesIsRefused() throws {
    let error = #expect(throws: EncoderFileError.self) {
      try read(try state().merging(["_orig_mod.norm.bias": Tensor.zeros([32])]) { $1 })
    }
    #expect(error?.description.contains("'norm.bias' twice") == true)
  }
}
