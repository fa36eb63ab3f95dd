import Foundation
import SelfSupervision
import Testing
import Torch
import TorchNN
import Training
import VisionModels

/// A variant of the method, and the parameters that it does not use.
struct Variant: CustomTestStringConvertible, Sendable {
  let name: String
  var unused: [String] = []
  var change: @Sendable (inout SplitMask.Config, inout VisionTransformer.Config) -> Void = { _, _ in }

  var testDescription: String { name }

  var predictsWords: Bool {
    var (method, encoder) = (SplitMask.Config(), VisionTransformer.Config())
    change(&method, &encoder)
    return method.inpaint
  }

  static let all = [
    Variant(name: "the paper's"),
    Variant(name: "full sequence") { method, _ in (method.split, method.match) = (false, false) },
    Variant(name: "learned decoder positions") { method, _ in method.decoder.positions = .learned },
    Variant(name: "sine-cosine decoder positions") { method, _ in method.decoder.positions = .sineCosine },
    Variant(name: "no class token") { _, encoder in encoder.classToken = false },
    Variant(name: "full sequence without class token") { method, encoder in
      (method.split, method.match, encoder.classToken) = (false, false, false)
    },
    Variant(name: "BEiT's shared relative positions") { _, encoder in
      (encoder.relativePositionBias, encoder.absolutePositions, encoder.keyBias) = (.shared, false, false)
      encoder.layerScale = 0.5
    },
    Variant(name: "relative positions of each block") { method, encoder in
      (encoder.relativePositionBias, method.decoder.positions) = (.perBlock, .sineCosine)
    },
    Variant(name: "relative positions in a full sequence") { method, encoder in
      (method.split, method.match) = (false, false)
      (encoder.relativePositionBias, encoder.absolutePositions) = (.shared, false)
    },
    Variant(name: "projection") { method, _ in method.matching.projectionLayers = 2 },
    Variant(name: "pooling before the norm") { method, _ in method.matching.pooling = .beforeNorm },
    Variant(name: "negatives of the opposite branch") { method, _ in method.matching.negatives = .oppositeBranch },
    Variant(name: "raw descriptors") { method, _ in method.matching.normalized = false },
    Variant(name: "decoder on raw tokens", unused: ["encoder.norm"]) { method, _ in
      method.decoder.normalizedInput = false
    },
    Variant(name: "no decoder blocks") { method, _ in method.decoder.depth = 0 },
    Variant(name: "match only", unused: ["decoder.head"]) { method, _ in method.inpaint = false },
    Variant(name: "inpaint only") { method, _ in method.match = false },
    Variant(name: "match only, before the norm", unused: ["decoder.head", "decoder.norm"]) { method, _ in
      (method.inpaint, method.matching.pooling) = (false, .beforeNorm)
    },
  ]
}

/// A tiny model with a fixed batch of four noise pictures of 4 × 4 patches.
struct TinyStep {
  static let vocabulary = 64
  static let images = 4
  let method: SplitMask.Config
  let computation: SplitMaskStep
  let pixels: Tensor

  init(_ variant: Variant = Variant.all[0]) throws {
    var method = SplitMask.Config()
    var encoder = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (encoder.width, encoder.depth, encoder.headCount) = (32, 2, 2)
    variant.change(&method, &encoder)
    self.method = method
    var generator = SplitMix64(state: 4)
    let model = try SplitMaskModel(
      encoder: encoder, config: method, vocabulary: TinyStep.vocabulary, device: .cpu, using: &generator)
    // Tables start at zero, where it is of no account which of their rows are looked up.
    for (key, parameter) in model.namedParameters where key.hasSuffix("relative_position_bias_table") {
      let shape = parameter.value.shape
      let values = (0..<shape[0] * shape[1]).map { _ in Float.random(in: -2...2, using: &generator) }
      parameter.assign(Tensor(values, shape: shape))
    }
    var words = PatchTokenizer.Config()
    words.vocabulary = TinyStep.vocabulary
    computation = SplitMaskStep(
      model: model, tokenizer: .randomProjection(.init(words, patchSize: 4), device: .cpu), config: method,
      normalization: .imageNet, device: .cpu)
    let bytes = (0..<TinyStep.images * 16 * 16 * 3).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    pixels = Tensor(bytes, shape: [TinyStep.images, 16, 16, 3])
  }

  /// Halves of every picture, each as its own generator draws them, in the order that `arranged` makes of them.
  func split(arranged: ([Int]) -> [Int] = { $0 }) throws -> BatchSplit {
    let masks = try UniformMaskGenerator(grid: PatchGrid(rows: 4, columns: 4), ratio: 0.5)
    var generator = SplitMix64(state: 9)
    let images = (0..<TinyStep.images).map { _ -> BatchSplit.Branches in
      let drawn = masks.split(using: &generator)
      return method.split ? [arranged(drawn.a), arranged(drawn.b)] : [arranged(drawn.a)]
    }
    return BatchSplit(images, patchCount: 16, device: .cpu)
  }

  func loss(_ split: BatchSplit, detailed: Bool = false) -> TaskLoss {
    let input = computation.prepare(images: pixels, tokenizerImages: pixels, split: split)
    return computation.loss(input, depth: nil, detailed: detailed, processes: .alone)
  }
}

@Suite struct SplitMaskStepTests {
  @Test(arguments: Variant.all) func everyVariantLearnsWithAllItsParameters(variant: Variant) throws {
    let step = try TinyStep(variant)
    let loss = step.loss(try step.split())
    #expect(loss.total.item().isFinite)
    let terms = Dictionary(uniqueKeysWithValues: loss.terms.map { ($0.name, $0.value.item()) })
    #expect((terms["loss_inpaint"] != nil) == step.method.inpaint)
    #expect((terms["loss_match"] != nil) == step.method.match)
    let sum = (terms["loss_inpaint"] ?? 0) + (terms["loss_match"] ?? 0)
    #expect(abs(loss.total.item() - sum) < 1e-5)
    loss.total.backward()
    for (key, parameter) in step.computation.model.namedParameters {
      let gradient: [Float] = parameter.value.gradient?.array() ?? []
      if variant.unused.contains(where: { key.hasPrefix($0 + ".") }) {
        #expect(gradient.allSatisfy { $0 == 0 }, "\(key)")
      } else {
        #expect(!gradient.isEmpty && gradient.allSatisfy(\.isFinite), "\(key)")
        #expect(gradient.contains { $0 != 0 }, "\(key)")
      }
    }
  }

  @Test(arguments: Variant.all.filter(\.predictsWords))
  func wordsAreEquallyLikelyAtTheStart(variant: Variant) throws {
    let step = try TinyStep(variant)
    let loss = try #require(step.loss(try step.split()).terms.first { $0.name == "loss_inpaint" })
    #expect(abs(loss.value.item() - log(Double(TinyStep.vocabulary))) < 0.3)
  }

  @Test(arguments: Variant.all) func orderOfObservedPatchesIsOfNoAccount(variant: Variant) throws {
    let step = try TinyStep(variant)
    let ascending = step.loss(try step.split())
    let shuffled = step.loss(
      try step.split { places in
        var generator = SplitMix64(state: UInt64(places[0]))
        return places.shuffled(using: &generator)
      })
    for (term, other) in zip(ascending.terms, shuffled.terms) {
      #expect(abs(term.value.item() - other.value.item()) < 1e-5, "\(term.name)")
    }
  }

  /// A setting that is not handed on would leave the paper's loss, of the same weights and masks.
  @Test func everySettingOfTheLossHasAnEffect() throws {
    func total(_ change: @escaping @Sendable (inout SplitMask.Config) -> Void) throws -> Double {
      let step = try TinyStep(Variant(name: "changed") { method, _ in change(&method) })
      return step.loss(try step.split()).total.item()
    }
    let paper = try total { _ in }
    #expect(try total { _ in } == paper)
    let changes: [(String, @Sendable (inout SplitMask.Config) -> Void)] = [
      ("temperature", { $0.matching.temperature = 0.3 }), ("negatives", { $0.matching.negatives = .oppositeBranch }),
      ("normalized", { $0.matching.normalized = false }), ("pooling", { $0.matching.pooling = .beforeNorm }),
      ("normalizedInput", { $0.decoder.normalizedInput = false }),
      ("positions", { $0.decoder.positions = .sineCosine }),
      ("inpaint", { $0.inpaint = false }), ("match", { $0.match = false }),
    ]
    for (name, change) in changes { #expect(abs(try total(change) - paper) > 1e-4, "\(name)") }
  }

  @Test func weightsScaleTheirLosses() throws {
    let variant = Variant(name: "weighted") { method, _ in (method.inpaintWeight, method.matchWeight) = (0.5, 3) }
    let step = try TinyStep(variant)
    let loss = step.loss(try step.split())
    let terms = Dictionary(uniqueKeysWithValues: loss.terms.map { ($0.name, $0.value.item()) })
    let expected = 0.5 * (try #require(terms["loss_inpaint"])) + 3 * (try #require(terms["loss_match"]))
    #expect(abs(loss.total.item() - expected) < 1e-5)
  }

  @Test func detailsComeWhereTheyAreAskedFor() throws {
    let step = try TinyStep()
    let plain = step.loss(try step.split()).terms.map(\.name)
    let detailed = step.loss(try step.split(), detailed: true).terms
    let extra = detailed.filter { !plain.contains($0.name) }
    #expect(Set(extra.map(\.name)) == ["inpaint_accuracy", "token_perplexity", "predicted_perplexity"])
    for term in extra { #expect((0...Double(TinyStep.vocabulary)).contains(term.value.item()), "\(term.name)") }
  }
}

@Suite struct BatchSplitTests {
  @Test func branchesFollowOneAnother() {
    let split = BatchSplit([[[0, 3], [1, 4]], [[1, 2], [0, 4]]], patchCount: 5, device: .cpu)
    #expect(split.imageCount == 2 && split.branchCount == 2)
    #expect(split.observed.shape == [4, 2] && split.missing.shape == [4, 3])
    // A of both images, then B of both.
    #expect(split.observed.array() == [0, 3, 1, 2, 1, 4, 0, 4])
    #expect(split.missing.array() == [1, 2, 4, 0, 3, 4, 0, 2, 3, 1, 2, 3])
    // The second image's patches begin at row 5.
    #expect(split.observedRows.array() == [0, 3, 6, 7, 1, 4, 5, 9])
    #expect(split.missingRows.array() == [1, 2, 4, 5, 8, 9, 0, 2, 3, 6, 7, 8])
  }

  @Test func fullSequencesHaveOneBranch() {
    let split = BatchSplit([[[1]], [[0]]], patchCount: 3, device: .cpu)
    #expect(split.branchCount == 1)
    #expect(split.observedRows.array() == [1, 3])
    #expect(split.missing.array() == [0, 2, 1, 2])
  }
}

@Suite struct InpaintingDecoderTests {
  @Test(arguments: [0, 2]) func orderOfTokensIsOfNoAccount(depth: Int) throws {
    let step = try TinyStep(Variant(name: "depth") { method, _ in method.decoder.depth = depth })
    let decoder = step.computation.model.decoder
    var generator = SplitMix64(state: 2)
    let values = (0..<3 * 17 * 32).map { _ in Float.random(in: -1...1, using: &generator) }
    let tokens = Tensor(values, shape: [3, 17, 32])
    let order = Tensor(Array(Int64(0)..<17).shuffled(using: &generator))
    noGrad {
      let straight = decoder.run(tokens)
      let shuffled = decoder.run(tokens.indexSelect(1, order))
      for (one, other) in [(straight.raw, shuffled.raw), (straight.normalized, shuffled.normalized)] {
        let distance = (one.indexSelect(1, order) - other).absolute().maximum([0, 1, 2]).item()
        #expect(distance < 1e-5)
      }
    }
  }
}
