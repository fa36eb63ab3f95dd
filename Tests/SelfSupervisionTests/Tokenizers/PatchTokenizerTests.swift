import ImageCoding
import SelfSupervision
import SplitMaskCore
import Testing
import Torch
import VisionModels

@Suite struct PatchTokenizerTests {
  @Test(arguments: [1, 63, 2500]) func wordsAreTheMostSimilarVectors(rowCount: Int) {
    // 8192 words make blocks of 1024 rows, so that 2500 rows take three blocks, the last one shorter.
    let tokenizer = PatchTokenizer.randomProjection(
      specification(.randomProjection, vocabulary: 8192) { $0.distribution = .symmetric }, device: .cpu)
    var random = SplitMix64(state: 1)
    let values = (0..<rowCount * 12).map { _ in Float.random(in: -2...2, using: &random) }
    let patches = Tensor(values, shape: [rowCount, 12])
    let words = tokenizer.words(patches).array(of: Int.self)
    #expect(words.count == rowCount)
    let codebook = rows(tokenizer.codebook!)
    for (row, patch) in rows(patches).enumerated() where row % max(1, rowCount / 40) == 0 {
      let cosines = codebook.map { dot($0, patch) / dot(patch, patch).squareRoot() }
      #expect(cosines[words[row]] >= cosines.max()! - 1e-6, "row \(row)")
    }
  }

  @Test func noPatchesGiveNoWords() {
    let tokenizer = PatchTokenizer.randomProjection(specification(.randomProjection, vocabulary: 5), device: .cpu)
    let words = tokenizer.words(Tensor.empty([0, 12]))
    #expect(words.shape == [0] && words.dtype == .int64)
  }

  @Test(arguments: PatchTokenizer.Distribution.allCases) func projectionsAreUnitVectorsOfTheirDistribution(
    distribution: PatchTokenizer.Distribution
  ) {
    let tokenizer = PatchTokenizer.randomProjection(
      specification(.randomProjection, vocabulary: 2000) { $0.distribution = distribution }, device: .cpu)
    let codebook = rows(tokenizer.codebook!)
    #expect(codebook.allSatisfy { abs(dot($0, $0) - 1) < 1e-5 })
    // A direction of uniform components in [0, 1) makes with (1, …, 1) an angle whose cosine is about √(3/4).
    let mean = codebook.reduce(0) { $0 + $1.reduce(0, +) } / 12.0.squareRoot() / 2000
    #expect(distribution == .uniform ? abs(mean - 0.87) < 0.02 : abs(mean) < 0.03)
    #expect(codebook.joined().contains { $0 < 0 } == (distribution == .symmetric))
  }

  @Test func theSeedFixesTheVocabulary() {
    func codebook(_ seed: UInt64) -> Tensor {
      let own = specification(.randomProjection, vocabulary: 50, seed: seed)
      return PatchTokenizer.randomProjection(own, device: .cpu).codebook!
    }
    #expect(codebook(1).hasSameValues(as: codebook(1)))
    #expect(!codebook(1).hasSameValues(as: codebook(2)))
  }

  @Test func centredPatchesLoseTheirColour() {
    let tokenizer = PatchTokenizer.randomProjection(
      specification(.randomProjection, vocabulary: 300) { $0.centerPatches = true }, device: .cpu)
    for word in rows(tokenizer.codebook!) {
      #expect(abs(dot(word, word) - 1) < 1e-5)
      for channel in 0..<3 { #expect(abs(word[channel * 4..<channel * 4 + 4].reduce(0, +)) < 1e-5) }
    }
    var random = SplitMix64(state: 3)
    let colour = Tensor([Float(0.5), -0.25, 0.125].flatMap { [$0, $0, $0, $0] })
    let patches = Tensor((0..<480).map { _ in Float.random(in: -2...2, using: &random) }, shape: [40, 12])
    #expect(tokenizer.words(patches).hasSameValues(as: tokenizer.words(patches + colour)))
  }

  @Test func randomPatchesComeFromDifferentImages() throws {
    // The first byte of a patch names its image, the second its number in the image.
    let source = images(40, patches: 5) { image, patch, place in
      place == 0 ? UInt8(image) : place == 1 ? UInt8(patch) : UInt8(place * 20)
    }
    func origins(_ vocabulary: Int) throws -> [[UInt8]] {
      let tokenizer = try PatchTokenizer.make(
        specification(.randomPatches, vocabulary: vocabulary), from: source, device: .cpu)
      #expect(rows(tokenizer.codebook!).allSatisfy { abs(dot($0, $0) - 1) < 1e-5 })
      #expect(painted(tokenizer).allSatisfy { $0[2...].elementsEqual((2..<12).map { UInt8($0 * 20) }) })
      return painted(tokenizer).map { Array($0[..<2]) }
    }
    #expect(Set(try origins(40).map { $0[0] }).count == 40)
    #expect(Set(try origins(17).map { $0[0] }).count == 17)
    let many = try origins(110)
    #expect(Set(many).count == 110)
    let perImage = Dictionary(grouping: many) { $0[0] }.values.map(\.count)
    #expect(perImage.count == 40 && perImage.allSatisfy { (2...3).contains($0) })
  }

  @Test func patchesWithoutADirectionAreNotDrawn() throws {
    // 128 of 255 is the mean, so a patch of 128s is a vector of zeros.
    let grey = PixelNormalization(
      mean: [128 / 255, 128 / 255, 128 / 255], standardDeviation: [0.25, 0.25, 0.25])
    let source = images(30, patches: 4) { image, patch, place in patch == 2 && place == image % 12 ? 129 : 128 }
    let tokenizer = try PatchTokenizer.make(
      specification(.randomPatches, vocabulary: 30, normalization: grey), from: source, device: .cpu)
    #expect(rows(tokenizer.codebook!).allSatisfy { abs(dot($0, $0) - 1) < 1e-5 })
  }

  @Test(arguments: [PatchTokenizer.Kind.randomPatches, .kMeans])
  func tooFewPatchesAreRefused(kind: PatchTokenizer.Kind) {
    let single = images(1, patches: 1) { _, _, _ in 9 }
    let error = #expect(throws: InvalidSetting.self) {
      try PatchTokenizer.make(specification(kind, vocabulary: 100), from: single, device: .cpu)
    }
    #expect(error?.key == "tokenizer.vocabulary")
    // Sixteen passes over one patch.
    #expect(error?.problem.contains("only 16 usable patches for 100 words") == true)
  }

  @Test func aSurveyCountsWordsAndLearnsTheirLooks() throws {
    var random = SplitMix64(state: 5)
    let source = images(20, patches: 10) { _, _, _ in UInt8.random(in: 0...255, using: &random) }
    let tokenizer = PatchTokenizer.randomProjection(
      specification(.randomProjection, vocabulary: 500), device: .cpu)
    let statistics = try tokenizer.survey(source)
    let patches = normalized(source)
    let values = rows(patches)
    let words = tokenizer.words(patches).array(of: Int.self)
    #expect(statistics.tokenCount == 200 && statistics.usedWords == Set(words).count)
    #expect(statistics == tokenizer.statistics(tokenizer.words(patches)))
    for (word, prototype) in rows(tokenizer.prototypes).enumerated() {
      let own = words.indices.filter { words[$0] == word }.map { values[$0] }
      let expected = mean(own.isEmpty ? values : own)
      #expect(zip(prototype, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "word \(word)")
    }
  }

  @Test func aSurveyStopsAtItsLimit() throws {
    let source = images(20, patches: 10) { image, _, place in UInt8(image + place) }
    let tokenizer = PatchTokenizer.randomProjection(
      specification(.randomProjection, vocabulary: 50), device: .cpu)
    #expect(try tokenizer.survey(source, patchLimit: 41).tokenCount == 80)
    struct Enough: Error {}
    #expect(throws: Enough.self) { try tokenizer.survey(source) { _, _ in throw Enough() } }
  }
}
