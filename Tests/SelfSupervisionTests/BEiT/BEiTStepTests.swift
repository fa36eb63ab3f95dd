import DurableFiles
import Foundation
import SelfSupervision
import Testing
import Torch
import TorchNN
import TorchOptim
import Training
import VisionModels

/// BEiT on pictures of 4 × 4 patches.
struct TinyBEiT {
  let computation: BEiTStep

  init(_ variant: BEiT.Variant = .plain) throws {
    var encoder = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (encoder.width, encoder.depth, encoder.headCount) = (32, 2, 2)
    var config = BEiT.Config()
    config.variant = variant
    var generator = SplitMix64(state: 4)
    let model = try BEiTModel(
      encoder: encoder, config: config, vocabulary: 64, device: .cpu, using: &generator)
    var words = PatchTokenizer.Config()
    words.vocabulary = 64
    computation = BEiTStep(
      model: model, tokenizer: .randomProjection(.init(words, patchSize: 4), device: .cpu), normalization: .imageNet,
      device: .cpu)
  }
}

@Suite struct BEiTStepTests {
  /// A vocabulary of the given directions, through a file, since none but a file brings them in.
  private func tokenizer(_ codebook: Tensor) throws -> PatchTokenizer {
    var config = PatchTokenizer.Config()
    config.vocabulary = codebook.shape[0]
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try PatchTokenizer.randomProjection(.init(config, patchSize: 4), device: .cpu).save(to: url)
    let metadata = try SafetensorsFile(url).metadata
    try SafetensorsWriter.write(
      [(name: "codebook", tensor: codebook), (name: "prototypes", tensor: codebook)], metadata: metadata, to: url)
    return try PatchTokenizer.load(from: url, device: .cpu)
  }

  /// BEiT's names of layer scale as those in memory.
  private func own(_ state: [String: Tensor]) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: state.map {
        ($0.key.replacing("gamma_1", with: "ls1.gamma").replacing("gamma_2", with: "ls2.gamma"), $0.value)
      })
  }

  private func step(_ golden: [String: Tensor], variant: BEiT.Variant) throws -> BEiTStep {
    var encoder = VisionTransformer.Config(.tiny, imageSize: ImageSize(height: 16, width: 24), patchSize: 4)
    (encoder.width, encoder.depth, encoder.headCount) = (24, 2, 2)
    var config = BEiT.Config()
    config.variant = variant
    var generator = SplitMix64(state: 1)
    let model = try BEiTModel(
      encoder: encoder, config: config, vocabulary: 64, device: .cpu, using: &generator)
    try model.load(own(behind("parameter.", golden)))
    return BEiTStep(
      model: model, tokenizer: try tokenizer(golden["codebook"]!), normalization: .imageNet, device: .cpu)
  }

  private func masks(_ hidden: Tensor) -> [[Int]] {
    let values: [UInt8] = hidden.array()
    let width = hidden.shape[1]
    return (0..<hidden.shape[0]).map { image in (0..<width).filter { values[image * width + $0] != 0 } }
  }

  @Test(arguments: BEiT.Variant.allCases) func oneStepIsTheReferences(variant: BEiT.Variant) throws {
    let golden = try golden("beit/beit_step_\(variant.rawValue)")
    let step = try step(golden, variant: variant)
    let masks = masks(golden["hidden"]!)
    #expect(masks.map(\.count) == [5, 9, 7])
    let input = step.prepare(images: golden["pixels"]!, tokenizerImages: golden["pixels"]!, masks: masks)
    let loss = step.loss(input, depth: nil, processes: .alone)
    #expect(relativeDifference(loss.total, golden["loss"]!) < 1e-5)
    loss.total.backward()
    let clipping = GradientClipping(step.model.parameters, losses: [loss.total], maximumNorm: 3)
    #expect(relativeDifference(clipping.norm, golden["gradient_norm"]!) < 1e-4)
    let optimizer = AdamW(WeightDecayRule.matrices.groups(step.model, weightDecay: 0.05))
    optimizer.update(learningRate: 1e-3, clipping: clipping)
    let expected = own(behind("updated.", golden))
    let before = own(behind("parameter.", golden))
    #expect(expected.count == step.model.namedParameters.count)
    for (key, parameter) in step.model.namedParameters {
      // A key's bias changes no softmax: its gradient is zero but for rounding, of which AdamW makes whole steps.
      let parts = key.hasSuffix("qkv.bias") ? [0, 48] : [0]
      for start in parts {
        let count = parts.count == 2 ? 24 : expected[key]!.shape[0]
        let (updated, known, old) = noGrad {
          (
            parameter.value.narrowed(0, start: start, count: count),
            expected[key]!.narrowed(0, start: start, count: count),
            before[key]!.narrowed(0, start: start, count: count)
          )
        }
        #expect(relativeDifference(updated, known) < 1e-4, "\(key)")
        // The update is small beside the weights, so it is looked at by itself.
        #expect(relativeDifference(noGrad { updated - old }, known - old) < 2e-2, "\(key)")
      }
    }
  }

  @Test(arguments: BEiT.Variant.allCases) func everyParameterLearns(variant: BEiT.Variant) throws {
    let computation = try TinyBEiT(variant).computation
    var generator = SplitMix64(state: 2)
    let bytes = (0..<4 * 16 * 16 * 3).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let images = Tensor(bytes, shape: [4, 16, 16, 3])
    let input = computation.prepare(
      images: images, tokenizerImages: images, masks: [[0, 1, 4, 5], [3], [9, 10], [12, 13, 14]], timed: true)
    let loss = computation.loss(input, depth: nil, detailed: true, processes: .alone)
    let terms = Dictionary(uniqueKeysWithValues: loss.terms.map { ($0.name, $0.value.item()) })
    #expect(abs(terms["loss"]! - log(64)) < 0.3 && terms["loss_inpaint"] == terms["loss"])
    #expect(Set(terms.keys).isSuperset(of: ["inpaint_accuracy", "token_perplexity", "predicted_perplexity"]))
    #expect(try #require(terms["tokenize_seconds"]) > 0)
    loss.total.backward()
    for (key, parameter) in computation.model.namedParameters {
      let gradient: [Float] = parameter.value.gradient?.array() ?? []
      #expect(gradient.contains { $0 != 0 } && gradient.allSatisfy(\.isFinite), "\(key)")
    }
  }

  /// SplitMask without halves is BEiT: the same weights, words and masks give the same loss.
  @Test func splitMaskWithoutHalvesIsTheSame() throws {
    let computation = try TinyBEiT().computation
    var config = SplitMask.Config()
    (config.split, config.match) = (false, false)
    var generator = SplitMix64(state: 8)
    let model = try SplitMaskModel(
      encoder: computation.model.encoder.config, config: config, vocabulary: 64, device: .cpu, using: &generator)
    var state: [String: Tensor] = [:]
    for (key, value) in computation.model.stateDictionary {
      state[key.hasPrefix("encoder.") ? key : "decoder." + key] = value
    }
    try model.load(state)
    let other = SplitMaskStep(
      model: model, tokenizer: computation.tokenizer, config: config, normalization: .imageNet, device: .cpu)
    let bytes = (0..<2 * 16 * 16 * 3).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let images = Tensor(bytes, shape: [2, 16, 16, 3])
    let masks = [[0, 5, 7], [1, 2, 15]]
    let seen = masks.map { hidden in [(0..<16).filter { !hidden.contains($0) }] }
    let one = computation.loss(
      computation.prepare(images: images, tokenizerImages: images, masks: masks), depth: nil, processes: .alone)
    let two = other.loss(
      other.prepare(
        images: images, tokenizerImages: images, split: BatchSplit(seen, patchCount: 16, device: .cpu)), depth: nil,
      processes: .alone)
    #expect(abs(one.total.item() - two.total.item()) < 1e-6)
  }

  @Test func theOriginalHasBEiTsShape() throws {
    let encoder = BEiT.Config().encoder(VisionTransformer.Config(.base))
    #expect(encoder == VisionTransformer.Config(.base))
    var config = BEiT.Config()
    config.variant = .original
    #expect(config.encoder(VisionTransformer.Config(.base)).layerScale == 0.1)
    #expect(config.encoder(VisionTransformer.Config(.large)).layerScale == 1e-5)
    // The parameters of ViT-B with mask token and 8,192 words, counted from BEiT's shapes.
    var generator = SplitMix64(state: 1)
    var small = VisionTransformer.Config(.base)
    small.depth = 1
    let one = try BEiTModel(
      encoder: small, config: config, vocabulary: 8192, device: .cpu, using: &generator
    ).parameterCount
    let block = 12 * 768 * 768 + (2 + 1 + 4 + 1) * 768 + 4 * 768 + 2 * 768
    #expect(one + 11 * block == 91_965_776)
  }
}

@Suite struct BEiTMaskGeneratorTests {
  @Test func countsAreRaggedAndNeverAboveTheTarget() throws {
    let masks = try BEiTMaskGenerator(grid: PatchGrid(rows: 14, columns: 14))
    #expect(masks.count == 75)
    var generator = SplitMix64(state: 1)
    let counts = (0..<3000).map { _ in masks.masked(using: &generator).count }
    // A simulation of BEiT's algorithm: exactly 75 in 66.6 %, on average 74.47, never below 64 in 20,000 draws.
    #expect(counts.max() == 75 && counts.min()! >= 60)
    #expect(abs(Double(counts.count { $0 == 75 }) / 3000 - 0.666) < 0.04)
    #expect(abs(Double(counts.reduce(0, +)) / 3000 - 74.47) < 0.15)
  }

  @Test(arguments: [PatchGrid(rows: 1, columns: 9), PatchGrid(rows: 2, columns: 2)])
  func everyImageHidesSomething(grid: PatchGrid) throws {
    let masks = try BEiTMaskGenerator(grid: grid)
    var generator = SplitMix64(state: 2)
    for _ in 0..<100 {
      let hidden = masks.masked(using: &generator)
      #expect((1..<grid.count).contains(hidden.count) && hidden == hidden.sorted())
    }
  }

  @Test func onePatchCannotBeHidden() {
    #expect(throws: (any Error).self) { try BEiTMaskGenerator(grid: PatchGrid(rows: 1, columns: 1)) }
  }
}
