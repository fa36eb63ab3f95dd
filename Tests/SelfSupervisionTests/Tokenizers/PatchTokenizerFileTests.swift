import DurableFiles
import Foundation
import SelfSupervision
import Testing
import Torch

@Suite struct PatchTokenizerFileTests {
  private func tokenizer() -> PatchTokenizer {
    PatchTokenizer.randomProjection(
      specification(.randomProjection, vocabulary: 33, seed: .max) { $0.distribution = .symmetric }, device: .cpu)
  }

  private func withFile(_ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url)
  }

  @Test func whatIsSavedIsLoadedBitByBit() throws {
    let saved = tokenizer()
    _ = try saved.survey(images(2, patches: 3) { image, _, place in UInt8(image * 40 + place) })
    try withFile { url in
      try saved.save(to: url)
      let loaded = try PatchTokenizer.load(from: url, device: .cpu)
      #expect(loaded.specification == saved.specification)
      #expect(loaded.codebook!.hasSameValues(as: saved.codebook!))
      #expect(loaded.prototypes.hasSameValues(as: saved.prototypes))
    }
  }

  @Test func otherFilesAreRefused() throws {
    try withFile { url in
      try SafetensorsWriter.write([(name: "codebook", tensor: Tensor.ones([2, 12]))], to: url)
      let error = #expect(throws: PatchTokenizer.NotATokenizer.self) {
        try PatchTokenizer.load(from: url, device: .cpu)
      }
      #expect(error?.description.contains("metadata lacks 'tokenizer'") == true)
    }
  }

  @Test func aVocabularyOfAnotherSizeIsRefused() throws {
    try withFile { url in
      try tokenizer().save(to: url)
      let metadata = try SafetensorsFile(url).metadata
      let small = Tensor.ones([2, 12])
      try SafetensorsWriter.write(
        [(name: "codebook", tensor: small), (name: "prototypes", tensor: small)], metadata: metadata, to: url)
      let error = #expect(throws: PatchTokenizer.NotATokenizer.self) {
        try PatchTokenizer.load(from: url, device: .cpu)
      }
      #expect(error?.description.contains("'codebook' is float32 [2, 12], not float32 [33, 12]") == true)
    }
  }
}
