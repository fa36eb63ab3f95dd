import DurableFiles
import Foundation
import SelfSupervision
import SplitMaskCore
import Testing
import Torch
import VisionModels

@Suite struct DalleTokenizerTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "dalle-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url)
  }

  private func specification(
    _ weights: URL, change: (inout PatchTokenizer.Config) -> Void = { _ in }
  ) -> PatchTokenizer.Specification {
    var config = PatchTokenizer.Config()
    (config.kind, config.vocabulary, config.weights) = (.dalle, 32, weights.path)
    change(&config)
    return PatchTokenizer.Specification(
      config, patchSize: config.patchSize(encoderPatchSize: 16), grid: PatchGrid(rows: 2, columns: 3))
  }

  /// Writes the golden's weights; `shift` makes others of them.
  private func write(_ url: URL, shift: Double = 0) throws {
    let state = behind("parameter.", try golden("dalle/dalle"))
    try SafetensorsWriter.write(state.map { (name: $0.key, tensor: $0.value + shift) }, to: url)
  }

  /// The golden's images as bytes of patches of 8 pixels, `[2, 6, 192]`.
  private func source() throws -> FixedPatches {
    let patches = try golden("dalle/dalle")["image"]!.reshaped([2, 2, 8, 3, 8, 3]).permuted([0, 1, 3, 5, 2, 4])
    return FixedPatches(batches: [patches.reshaped([2, 6, 192])])
  }

  private func normalized(_ source: FixedPatches) -> Tensor {
    Patchifier(grid: PatchGrid(rows: 1, columns: 1), patchSize: 8, normalization: .logitLaplace, device: .cpu)
      .normalized(source.batches[0].reshaped([-1, 192]))
  }

  @Test func wordsAreTheReferencesAndLookLikeTheirPatches() throws {
    try withFolder { folder in
      let weights = folder.appending(path: "weights.safetensors")
      try write(weights)
      let source = try source()
      let tokenizer = try PatchTokenizer.make(specification(weights), from: source, device: .cpu)
      let values = normalized(source)
      let words = tokenizer.words(values)
      #expect(words.array(of: Int.self) == (try golden("dalle/dalle"))["words"]!.array(of: Int.self))
      #expect(tokenizer.codebook == nil && tokenizer.vocabulary == 32)
      let statistics = try tokenizer.survey(source)
      #expect(statistics.tokenCount == 12 && statistics.usedWords == 5)
      // A word looks like the mean of its patches.
      let own: [Int] = words.array()
      let alike = own.indices.filter { own[$0] == own[0] }
      let mean = values.indexSelect(0, Tensor(alike)).mean([0])
      #expect(relativeDifference(tokenizer.prototypes.selected(0, own[0]), mean) < 1e-5)
      let file = folder.appending(path: "tokenizer.safetensors")
      try tokenizer.save(to: file)
      #expect(try SafetensorsFile(file).names.sorted() == ["prototypes"])
      let loaded = try PatchTokenizer.load(from: file, device: .cpu)
      #expect(loaded.words(values).hasSameValues(as: words))
      #expect(loaded.prototypes.hasSameValues(as: tokenizer.prototypes))
      try write(weights, shift: 0.01)
      let error = #expect(throws: PatchTokenizer.NotATokenizer.self) {
        try PatchTokenizer.load(from: file, device: .cpu)
      }
      #expect(error?.description.contains("other weights") == true)
    }
  }

  @Test func aMissingFileSaysWhereItComesFrom() throws {
    let absent = URL(filePath: "/nowhere/dall-e.safetensors")
    func error(_ change: (inout PatchTokenizer.Config) -> Void) -> InvalidSetting? {
      #expect(throws: InvalidSetting.self) {
        try specification(absent, change: change).config.validate(encoderPatchSize: 16)
      }
    }
    for change: (inout PatchTokenizer.Config) -> Void in [{ $0.weights = nil }, { _ in }] {
      let error = error(change)
      #expect(error?.key == "tokenizer.weights")
      for part in ["github.com/openai/DALL-E", "scripts/convert_dalle.py encoder.pkl"] {
        #expect(error?.description.contains(part) == true)
      }
    }
  }

  @Test func settingsThatDoNotFitTheWeightsAreRefused() throws {
    try withFolder { folder in
      let weights = folder.appending(path: "weights.safetensors")
      try write(weights)
      let other = #expect(throws: InvalidSetting.self) {
        try PatchTokenizer.dalle(specification(weights) { $0.vocabulary = 64 }, device: .cpu)
      }
      #expect(other?.key == "tokenizer.vocabulary" && other?.description.contains("32") == true)
      let view = #expect(throws: InvalidSetting.self) {
        try specification(weights) { $0.view = .full }.config.validate(encoderPatchSize: 16)
      }
      #expect(view?.key == "tokenizer.view")
    }
  }

  @Test func patchesAreAlwaysOfEightPixels() {
    var config = PatchTokenizer.Config()
    config.kind = .dalle
    for size in [4, 8, 14, 16, 32] { #expect(config.patchSize(encoderPatchSize: size) == 8) }
  }
}
