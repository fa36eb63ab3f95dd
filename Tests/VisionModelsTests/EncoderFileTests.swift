import DurableFiles
import Foundation
import ImageCoding
import Testing
import Torch
import TorchNN
import VisionModels

@Suite struct EncoderFileTests {
  private let goldens = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Goldens")

  private func encoder(classToken: Bool = true) throws -> VisionTransformer {
    var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(height: 8, width: 12), patchSize: 4)
    (config.width, config.depth, config.headCount, config.mlpRatio) = (24, 2, 3, 2)
    config.classToken = classToken
    var generator = SystemRandomNumberGenerator()
    return try VisionTransformer(config, using: &generator)
  }

  private func withFile(_ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url)
  }

  @Test(arguments: [true, false])
  func anEncoderComesBackAsItWas(classToken: Bool) throws {
    let original = try encoder(classToken: classToken)
    let normalization = PixelNormalization(mean: [0.1, 0.2, 0.3], standardDeviation: [0.4, 0.5, 0.6])
    try withFile { url in
      try EncoderFile.write(original, normalization: normalization, to: url)
      let loaded = try EncoderFile.read(url)
      #expect(loaded.encoder.config == original.config)
      #expect(loaded.normalization == normalization && !loaded.isNormalizationAssumed)
      #expect(loaded.matchedCount == original.namedParameters.count && loaded.ignored.isEmpty)
      for (key, value) in original.stateDictionary {
        #expect(loaded.encoder.stateDictionary[key]!.hasSameValues(as: value), "\(key)")
      }
      #expect(try EncoderFile.config(of: url) == original.config)
    }
  }

  @Test func metadataIsWhatOtherToolsRead() throws {
    try withFile { url in
      try EncoderFile.write(try encoder(), normalization: .imageNet, to: url)
      let metadata = try SafetensorsFile(url).metadata
      #expect(metadata["model"] == "\"vit-tiny\"" && metadata["image_size"] == "[8,12]")
      #expect(metadata["patch_size"] == "4" && metadata["heads"] == "3" && metadata["features"] == "\"mean\"")
      #expect(metadata["mean"] == "[0.485,0.456,0.406]")
    }
  }

  /// The golden's parameters carry timm's names; its tokens were computed elsewhere.
  @Test func aTimmFileGivesTheReferenceTokens() throws {
    let golden = try SafetensorsFile(goldens.appendingPathComponent("vit/vit_tiny_golden.safetensors"))
      .tensors()
    let prefix = "parameter."
    let parameters = golden.filter { $0.key.hasPrefix(prefix) }
      .map { (name: String($0.key.dropFirst(prefix.count)), tensor: $0.value) }
    let head = [(name: "head.weight", tensor: Tensor.zeros([5, 32])), (name: "head.bias", tensor: Tensor.zeros([5]))]
    try withFile { url in
      try SafetensorsWriter.write(parameters + head, metadata: ["heads": "2"], to: url)
      let loaded = try EncoderFile.read(url)
      #expect(loaded.ignored == ["head.bias", "head.weight"] && loaded.matchedCount == parameters.count)
      #expect(loaded.isNormalizationAssumed && loaded.normalization == .imageNet)
      // [B, 3, H, W] as patches of channel, row, column.
      let patches = golden["image"]!.reshaped([3, 3, 4, 4, 4, 4]).permuted([0, 2, 4, 1, 3, 5])
        .reshaped([3, 16, 48])
      let tokens = noGrad { loaded.encoder(patches) }
      #expect((tokens - golden["tokens"]!).absolute().maximum([0, 1, 2]).item() < 1e-5)
    }
  }

  @Test func aFileWithoutMetadataTellsItsShape() throws {
    var config = VisionTransformer.Config(.small, imageSize: ImageSize(12), patchSize: 4)
    (config.depth, config.mlpRatio) = (1, 1)
    var generator = SystemRandomNumberGenerator()
    let original = try VisionTransformer(config, using: &generator)
    try withFile { url in
      try SafetensorsWriter.write(original.stateDictionary.map { (name: $0.key, tensor: $0.value) }, to: url)
      #expect(try EncoderFile.read(url).encoder.config == config)
    }
  }

  @Test(arguments: ["halved", "oblong", "squeezed"])
  func positionsAreResampledAsTimmDoes(name: String) throws {
    let golden = try SafetensorsFile(goldens.appendingPathComponent("layers/position_table.safetensors"))
      .tensors()
    let grids = golden["\(name).grids"]!.array(of: Int.self)
    let found = PositionTable.resampled(
      golden["\(name).input"]!, prefixCount: 1, from: PatchGrid(rows: grids[0], columns: grids[1]),
      to: PatchGrid(rows: grids[2], columns: grids[3]))
    let expected = golden["\(name).antialiased"]!
    #expect(found.shape == expected.shape)
    #expect((found - expected).absolute().maximum([0, 1, 2]).item() < 1e-5)
  }

  @Test func anotherImageSizeResamplesThePositions() throws {
    let original = try encoder()
    try withFile { url in
      try EncoderFile.write(original, normalization: .imageNet, to: url)
      let loaded = try EncoderFile.read(url, hints: .init(imageSize: ImageSize(16)))
      #expect(loaded.resampledFrom == PatchGrid(rows: 2, columns: 3))
      #expect(loaded.encoder.posEmbed!.value.shape == [1, 17, 24])
      let expected = PositionTable.resampled(
        original.posEmbed!.value, prefixCount: 1, from: original.config.grid, to: PatchGrid(rows: 4, columns: 4))
      #expect(loaded.encoder.posEmbed!.value.detached().hasSameValues(as: expected))
    }
  }

  @Test func aPartialMatchNamesTheTensors() throws {
    let state = try encoder().stateDictionary
    var partial = state
    partial["norm.bias"] = nil
    partial["blocks.1.attn.qkv.bias"] = nil
    partial["blocks.1.ls1.gamma"] = Tensor.ones([24])
    partial["blocks.0.attn.proj.bias"] = Tensor.ones([25])
    try withFile { url in
      try SafetensorsWriter.write(
        partial.map { (name: $0.key, tensor: $0.value) }, metadata: ["heads": "3", "image_size": "[8,12]"], to: url)
      let error = #expect(throws: EncoderFileError.self) { try EncoderFile.read(url) }
      guard case .mismatch(let mismatch) = error?.problem else {
        Issue.record("not a mismatch: \(String(describing: error))")
        return
      }
      #expect(
        mismatch.missing == ["blocks.1.attn.qkv.bias", "norm.bias"] && mismatch.unexpected == ["blocks.1.ls1.gamma"])
      #expect(mismatch.misshapen.map(\.key) == ["blocks.0.attn.proj.bias"])
      #expect(error!.description.contains(url.path))
    }
  }

  @Test(arguments: [
    ([:], "--heads N"), (["heads": "3"], "form no square"), (["heads": "5", "image_size": "[8,12]"], "5 heads"),
    (["heads": "3", "image_size": "[8,16]"], "makes 8 patches"),
    (["heads": "three", "image_size": "[8,12]"], "heads = three"),
    (["format_version": "2"], "newer splitmask"),
    (["heads": "3", "image_size": "[8,12]", "mean": "[1]", "std": "[1]"], "not 3 of each"),
  ])
  func unclearFilesSayWhatIsMissing(metadata: [String: String], expected: String) throws {
    let state = try encoder().stateDictionary
    // Without the size the grid is the first thing that is unclear; with a square one it is the heads.
    let square = metadata.isEmpty ? state.merging(["pos_embed": Tensor.zeros([1, 5, 24])]) { $1 } : state
    try withFile { url in
      try SafetensorsWriter.write(square.map { (name: $0.key, tensor: $0.value) }, metadata: metadata, to: url)
      let error = #expect(throws: EncoderFileError.self) { try EncoderFile.read(url) }
      #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
    }
  }

  /// What a file lacks may be in an object that is not read.
  @Test func objectsThatWerePassedOverAreNamed() {
    let file = goldens.appendingPathComponent("pytorch/namespace.pth")
    let reading = #expect(throws: EncoderFileError.self) { try EncoderFile.read(file) }
    let asking = #expect(throws: EncoderFileError.self) { try EncoderFile.config(of: file) }
    for error in [reading, asking] {
      #expect(error?.passedOver == ["argparse.Namespace"])
      #expect(error?.description.contains("objects of type argparse.Namespace, which are passed over") == true)
      #expect(error?.description.contains("save the model's state_dict() in Python") == true)
    }
  }

  @Test func otherFilesAreRefused() throws {
    try withFile { url in
      try SafetensorsWriter.write([("conv1.weight", Tensor.zeros([3]))], to: url)
      let error = #expect(throws: EncoderFileError.self) { try EncoderFile.read(url) }
      #expect(error?.description.contains("patch_embed.proj.weight") == true)
      try EncoderFile.write(try encoder(), normalization: .imageNet, to: url)
      let whole = try Data(contentsOf: url)
      try whole.prefix(whole.count / 2).write(to: url)
      #expect(throws: (any Error).self) { try EncoderFile.read(url) }
      try Data("not tensors".utf8).write(to: url)
      #expect(throws: (any Error).self) { try EncoderFile.read(url) }
    }
  }
}
