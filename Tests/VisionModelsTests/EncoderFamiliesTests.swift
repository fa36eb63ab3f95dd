import DurableFiles
import Foundation
import ImageCoding
import TestSupport
import Testing
import Torch
import VisionModels

/// Encoders of other programs, as these save them, against what they compute (`Tests/Goldens/encoders/make_encoders.py`).
@Suite struct EncoderFamiliesTests {
  private let goldens: [String: Tensor]
  private let folder: TemporaryFolder

  init() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../Goldens/encoders/encoders.safetensors")
    goldens = try SafetensorsFile(file.standardizedFileURL).tensors()
    folder = try TemporaryFolder()
  }

  private var families: [String] {
    Set(goldens.keys.compactMap { $0.contains("/file/") ? String($0.prefix { $0 != "/" }) : nil }).sorted()
  }

  /// Writes a family's files; the one that names its encoder.
  private func unpack(_ family: String) throws -> URL {
    let directory = folder.url.appending(path: family)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let prefix = family + "/file/"
    for (key, bytes) in goldens where key.hasPrefix(prefix) {
      try Data(bytes.array(of: UInt8.self)).write(to: directory.appending(path: String(key.dropFirst(prefix.count))))
    }
    let names = ["model.safetensors.index.json", "model.safetensors", "model.pth"]
    let files = names.map { directory.appending(path: $0) }
    return try #require(files.first { FileManager.default.fileExists(atPath: $0.path) })
  }

  private func tokens(_ encoder: VisionTransformer, of image: Tensor) -> Tensor {
    let (side, patch) = (image.shape[3], encoder.config.patchSize)
    let grid = side / patch
    let patches = image.reshaped([image.shape[0], 3, grid, patch, grid, patch]).permuted([0, 2, 4, 1, 3, 5])
      .reshaped([image.shape[0], grid * grid, -1])
    return noGrad { encoder(patches) }
  }

  private func expectSame(_ found: Tensor, _ expected: Tensor, _ comment: String) {
    guard found.shape == expected.shape else {
      Issue.record("\(comment): \(found.shape) instead of \(expected.shape)")
      return
    }
    let difference = (found - expected).absolute().maximum([0, 1, 2]).item()
    let largest = expected.absolute().maximum([0, 1, 2]).item()
    #expect(difference < 1e-5 * largest, "\(comment): \(difference / largest)")
  }

  @Test func theirTokensAreTheirs() throws {
    #expect(families.count == 22)
    let hints = EncoderFile.Hints(heads: 2)
    for family in families {
      let file = try unpack(family)
      let loaded = try EncoderFile.read(file, hints: hints)
      expectSame(tokens(loaded.encoder, of: goldens["image"]!), goldens[family + "/tokens"]!, family)
      #expect(try EncoderFile.config(of: file, hints: hints) == loaded.encoder.config, "\(family)")
      let resized = goldens[family + "/resized.tokens"]!
      guard resized.rank == 3 else { continue }
      let larger = try EncoderFile.read(file, hints: .init(imageSize: ImageSize(24), heads: 2))
      expectSame(tokens(larger.encoder, of: goldens["resized.image"]!), resized, "\(family), resized")
    }
  }

  @Test func ourFilesOfThemAreTheSameEncoders() throws {
    for family in families {
      let loaded = try EncoderFile.read(unpack(family), hints: .init(heads: 2))
      let own = folder.url.appending(path: "own.safetensors")
      try EncoderFile.write(loaded.encoder, normalization: loaded.normalization, to: own)
      let again = try EncoderFile.read(own)
      #expect(again.encoder.config == loaded.encoder.config && again.notes.isEmpty, "\(family)")
      for (key, value) in loaded.encoder.stateDictionary {
        #expect(again.encoder.stateDictionary[key]!.hasSameValues(as: value), "\(family), \(key)")
      }
    }
  }

  @Test(arguments: [(8, 6), (4, 8), (14, 16), (16, 7)])
  func patchesAreResampledAsTimmDoes(old: Int, new: Int) throws {
    let weights = goldens["patches/\(old) to \(new)"]!
    var shape = VisionTransformer.Config(.tiny, imageSize: ImageSize(2 * old), patchSize: old)
    (shape.width, shape.depth, shape.headCount, shape.channels) = (3, 1, 1, 2)
    var random = SplitMix64(state: 1)
    let encoder = try VisionTransformer(shape, using: &random)
    encoder.patchEmbed.proj.weight.assign(weights)
    let file = folder.url.appending(path: "patches.safetensors")
    try EncoderFile.write(encoder, normalization: .init(mean: [0, 0], standardDeviation: [1, 1]), to: file)
    let hints = EncoderFile.Hints(imageSize: ImageSize(2 * new), patchSize: new)
    let loaded = try EncoderFile.read(file, hints: hints)
    let found = loaded.encoder.patchEmbed.proj.weight.value.detached()
    let expected = goldens["patches/\(old) to \(new)/resized"]!
    #expect(found.shape == expected.shape && loaded.resampledFrom == nil)
    #expect(
      (found - expected).absolute().maximum([0, 1, 2, 3]).item() < 1e-4
        * expected.absolute().maximum([0, 1, 2, 3]).item())
  }

  @Test func whatIsBesideTheWeightsCounts() throws {
    let vit = try EncoderFile.read(unpack("transformers vit"))
    #expect(vit.encoder.config.heads == 2 && vit.encoder.config.normEpsilon == 1e-12)
    #expect(vit.normalization.mean == [0.5, 0.5, 0.5] && vit.normalization.standardDeviation == [0.25, 0.25, 0.25])
    #expect(vit.notes.isEmpty && vit.ignored == ["classifier.bias", "classifier.weight"])
    #expect(try EncoderFile.read(unpack("transformers dinov2 with registers")).encoder.config.registers == 4)
    let shards = try unpack("transformers vit in shards").deletingLastPathComponent()
    #expect(try FileManager.default.contentsOfDirectory(atPath: shards.path).count > 3)
  }

  private func refusal(_ file: URL) -> String {
    #expect(throws: EncoderFileError.self) { try EncoderFile.read(file) }?.description ?? ""
  }

  @Test func aMissingShardIsNamed() throws {
    let index = try unpack("transformers vit in shards")
    let shards = try FileManager.default.contentsOfDirectory(
      at: index.deletingLastPathComponent(), includingPropertiesForKeys: nil)
    let gone = try #require(shards.first { $0.lastPathComponent.contains("00002-of") })
    try FileManager.default.removeItem(at: gone)
    #expect(refusal(index).contains("it names \(gone.lastPathComponent), which is not beside it"))
    try Data("{\"metadata\": {}}".utf8).write(to: index)
    #expect(refusal(index).contains("it needs a 'weight_map'"))
    try Data("{\"weight_map\": {\"a\": \"../a.safetensors\"}}".utf8).write(to: index)
    #expect(refusal(index).contains("it names ../a.safetensors"))
  }

  /// Tables of positions that are none.
  @Test(arguments: [[1, 0, 16], [2, 17, 16], [1, 17, 8], [17, 16], [1, 3, 16]])
  func positionsThatDoNotFitAreRefused(shape: [Int]) throws {
    var state = try SafetensorsFile(unpack("timm registers")).tensors()
    state["pos_embed"] = Tensor.zeros(shape)
    let file = folder.url.appending(path: "damaged.safetensors")
    try SafetensorsWriter.write(state.map { (name: $0.key, tensor: $0.value) }, metadata: ["heads": "2"], to: file)
    #expect(!refusal(file).isEmpty)
    #expect(throws: EncoderFileError.self) { try EncoderFile.config(of: file) }
  }

  @Test func anotherActivationIsRefused() throws {
    let file = try unpack("transformers vit")
    let config = file.deletingLastPathComponent().appending(path: "config.json")
    let text = String(decoding: try Data(contentsOf: config), as: UTF8.self)
    try Data(text.replacing("\"gelu\"", with: "\"quick_gelu\"").utf8).write(to: config)
    #expect(refusal(file).contains("its hidden_act is quick_gelu, and only \"gelu\" is known"))
  }

  /// Changes what a description says, as JSON.
  private func change(_ file: URL, _ values: [String: Any], of name: String = "config.json") throws {
    let description = file.deletingLastPathComponent().appending(path: name)
    let stored = try? JSONSerialization.jsonObject(with: Data(contentsOf: description)) as? [String: Any]
    let changed = (stored ?? [:]).merging(values) { $1 }
    try JSONSerialization.data(withJSONObject: changed).write(to: description)
  }

  @Test func tensorsThatAnIndexListsMustBeThere() throws {
    let index = try unpack("transformers vit in shards")
    let content = try JSONSerialization.jsonObject(with: Data(contentsOf: index)) as? [String: Any]
    var map = try #require(content?["weight_map"] as? [String: String])
    let shard = try #require(map.values.first)
    for part in ["weight", "bias"] { map["encoder.layer.9.output.dense.\(part)"] = shard }
    try JSONSerialization.data(withJSONObject: ["weight_map": map]).write(to: index)
    #expect(
      refusal(index).contains("lists 2 tensors that its files do not hold, such as 'encoder.layer.9.output.dense.bias'")
    )
  }

  @Test func aDescriptionIsUnderstoodOrRefused() throws {
    let file = try unpack("transformers vit")
    let described = try EncoderFile.config(of: file)
    try change(file, ["num_attention_heads": "\(described.heads)", "id2label": ["0": 0]])
    let side = described.imageSize
    try change(file, ["image_size": ["height": side.height, "width": side.width]])
    #expect(try EncoderFile.config(of: file) == described)
    try change(file, ["num_attention_heads": 1])
    #expect(try EncoderFile.config(of: file).heads == 1)
    try change(file, ["num_attention_heads": "many"])
    #expect(refusal(file).contains("its num_attention_heads is many, which is not a whole number"))
    try change(file, ["num_attention_heads": described.heads, "num_hidden_layers": 12])
    #expect(
      refusal(file).contains("it has the tensors of \(described.blockCount) blocks, and what describes it says 12"))
    try Data("{\"model_type\": \"vit\", ".utf8).write(
      to: file.deletingLastPathComponent().appending(path: "config.json"))
    #expect(refusal(file).contains("it is no JSON object"))
  }

  @Test func aProcessorsStatisticsAreFollowedOrRefused() throws {
    let file = try unpack("transformers vit")
    let processor = "preprocessor_config.json"
    try change(file, ["image_mean": 0.25, "image_std": 0.5], of: processor)
    #expect(try EncoderFile.pixels(of: file).normalization?.mean == [0.25, 0.25, 0.25])
    try change(file, ["do_normalize": false], of: processor)
    let plain = try EncoderFile.pixels(of: file).normalization
    #expect(plain?.mean == [0, 0, 0] && plain?.standardDeviation == [1, 1, 1])
    try change(file, ["rescale_factor": 0.00784], of: processor)
    #expect(refusal(file).contains("its rescale_factor is 0.00784"))
    try change(file, ["rescale_factor": 1.0 / 255, "do_rescale": false], of: processor)
    #expect(refusal(file).contains("its rescale_factor is off"))
  }

  /// Of networks whose tensors have the names of others.
  @Test func architecturesThatComputeSomethingElseAreRefused() throws {
    let state = try SafetensorsFile(unpack("timm registers")).tensors()
    let file = folder.url.appending(path: "model.safetensors")
    try SafetensorsWriter.write(state.map { (name: $0.key, tensor: $0.value) }, metadata: [:], to: file)
    for (name, why) in [
      ("vit_small_patch16_rope_ape_224", "rotary positions"), ("vit_base_patch16_rpn_224", "normalises"),
      ("vit_base_patch32_siglip_gap_256", "another GELU"), ("vit_base_r50_s16_224", "a ResNet"),
    ] {
      try change(file, ["architecture": name])
      #expect(refusal(file).contains("timm's \(name)") && refusal(file).contains(why))
    }
    try change(file, ["architecture": "test_vit"])
    #expect(try EncoderFile.read(file, hints: .init()).encoder.config.heads == 2)
    try change(file, ["architecture": "vit_tiny", "model_args": ["num_heads": 4]])
    #expect(try EncoderFile.read(file, hints: .init()).encoder.config.heads == 4)
  }

  @Test func positionsThatAreMissingAreNoRotation() throws {
    var state = try SafetensorsFile(unpack("timm registers")).tensors()
    state["pos_embed"] = nil
    let file = folder.url.appending(path: "damaged.safetensors")
    try SafetensorsWriter.write(state.map { (name: $0.key, tensor: $0.value) }, metadata: ["heads": "2"], to: file)
    #expect(refusal(file).contains("pos_embed"))
  }

  @Test func otherAnglesAreRefused() throws {
    let file = try unpack("transformers dinov3")
    let config = file.deletingLastPathComponent().appending(path: "config.json")
    let text = String(decoding: try Data(contentsOf: config), as: UTF8.self)
    try Data(text.replacing("\"rope_theta\": 100.0", with: "\"rope_theta\": 10000.0").utf8).write(to: config)
    #expect(refusal(file).contains("its rope_theta is 10000.0, and only 100.0, DINOv3's, is known"))
  }

  @Test func whatIsRotaryIsSaid() throws {
    let loaded = try EncoderFile.read(unpack("timm dinov3"), hints: .init(heads: 2))
    #expect(loaded.encoder.config.rotaryPositions && loaded.encoder.config.normEpsilon == 1e-5)
    #expect(
      loaded.notes.contains {
        $0.contains("rotary positions, as DINOv3's; exact GELU, 1e-5 in the layer normalisations")
      })
  }

  /// What a part of the patches gives does not depend on the order in which they stand.
  @Test func rotaryPositionsGoWithTheirPatches() throws {
    let encoder = try EncoderFile.read(unpack("timm dinov3 with biases"), hints: .init(heads: 2)).encoder
    var random = SplitMix64(state: 1)
    let patches = Tensor((0..<16 * 48).map { _ in Float(random.next() % 1000) / 500 - 1 }, shape: [16, 48])
    let patchifier = Patchifier(
      grid: encoder.config.grid, patchSize: 4,
      normalization: PixelNormalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1]), device: .cpu)
    func tokens(_ order: [Int64]) -> Tensor {
      let places = Tensor(order, shape: [1, order.count])
      let sequences = PatchSequences(
        bytes: patches, rows: places, positions: places, prefixCount: encoder.prefixCount, patchifier: patchifier)
      return noGrad { encoder.encode(encoder.embed(sequences), tableRows: sequences.tableRows) }
    }
    let straight = tokens([0, 3, 7, 12])
    let turned = tokens([12, 7, 3, 0])
    let prefix = encoder.prefixCount
    for (place, other) in [(0, 3), (1, 2), (2, 1), (3, 0)] {
      expectSame(
        turned.narrowed(1, start: prefix + place, count: 1), straight.narrowed(1, start: prefix + other, count: 1),
        "patch \(other)")
    }
    let moved = tokens([1, 3, 7, 12])
    #expect(
      !moved.narrowed(1, start: prefix + 3, count: 1).hasSameValues(
        as: straight.narrowed(1, start: prefix + 3, count: 1)))
  }

  @Test func whatIsNoFileOfWeightsIsSaid() throws {
    let file = folder.url.appending(path: "model.safetensors")
    try Data("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n".utf8).write(to: file)
    #expect(refusal(file).contains("Git LFS's pointer to the file"))
    try Data("\n<!DOCTYPE html><html><body>log in</body></html>".utf8).write(to: file)
    #expect(refusal(file).contains("it is a web page"))
  }

  @Test(arguments: [
    ("blocks.0.mlp.w12.weight", "gated (SwiGLU)"), ("rope_embed.periods", "DINOv3 in the names of its own code"),
    ("norm_pre.weight", "as CLIP's"),
  ])
  func encodersOfOtherKindsAreNamed(tensor: String, kind: String) throws {
    let file = folder.url.appending(path: "other.safetensors")
    try SafetensorsWriter.write(
      [
        (name: "patch_embed.proj.weight", tensor: Tensor.zeros([4, 3, 2, 2])),
        (name: tensor, tensor: Tensor.zeros([4])),
      ],
      metadata: [:], to: file)
    let text = refusal(file)
    #expect(text.contains("'\(tensor)' shows an encoder that is not supported") && text.contains(kind))
  }

  @Test(arguments: [
    (["transformer.resblocks.0.attn.in_proj_weight", "token_embedding.weight"], "a text encoder's"),
    (["text_model.embeddings.position_embedding.weight"], "a text encoder's"),
    (["backbone.body.layer1.0.conv1.weight", "rpn.head.cls_logits.weight"], "a detector's"),
    (["layer1.0.conv1.weight", "fc.weight"], "a convolutional network's"),
  ])
  func otherNetworksAreNamed(tensors: [String], kind: String) throws {
    let file = folder.url.appending(path: "other.safetensors")
    try SafetensorsWriter.write(
      tensors.map { (name: $0, tensor: Tensor.zeros([4])) }, metadata: [:], to: file)
    #expect(refusal(file).contains("shows that the weights are \(kind)"))
  }
}
