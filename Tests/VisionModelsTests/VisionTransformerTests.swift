import Testing
import Torch
import TorchNN
import VisionModels

@Suite struct VisionTransformerTests {
  private func model(_ config: VisionTransformer.Config, seed: UInt64 = 1) throws -> VisionTransformer {
    var random = SplitMix64(state: seed)
    let model = try VisionTransformer(config, using: &random)
    // Larger weights than fresh ones, so that attention is far from even.
    for parameter in model.parameters where parameter.value.rank > 1 { noGrad { parameter.value.multiplyInPlace(8) } }
    return model
  }

  @Test func tokensAndGradientsMatchTheReference() throws {
    let golden = try golden("vit/vit_tiny_golden")
    var random = SplitMix64(state: 1)
    let model = try VisionTransformer(smallConfig(), using: &random)
    try model.load(
      Dictionary(
        uniqueKeysWithValues: golden.filter { $0.key.hasPrefix("parameter.") }
          .map { (String($0.key.dropFirst("parameter.".count)), $0.value) }))
    let image = golden["image"]!
    image.requiresGradient = true
    let patches = image.reshaped([3, 3, 4, 4, 4, 4]).permuted([0, 2, 4, 1, 3, 5]).reshaped([3, 16, 48])
    let tokens = model(patches)
    #expect(difference(tokens, golden["tokens"]) < 2e-5)
    (tokens * golden["projection"]!).sum().backward()
    #expect(difference(image.gradient, golden["gradient_image"]) < 2e-4)
    for (key, parameter) in model.namedParameters {
      let expected = try #require(golden["gradient.\(key)"])
      let largest = expected.absolute().maximum([]).item()
      #expect(difference(parameter.value.gradient, expected) < 1e-5 * max(10, largest), "\(key)")
    }
  }

  @Test func attentionMatchesTheReference() throws {
    let golden = try golden("layers/attention")
    var random = SplitMix64(state: 1)
    let attention = TransformerBlock(dimension: 8, headCount: 2, mlpRatio: 1, using: &random).attn
    let keys = ["qkv.weight", "qkv.bias", "proj.weight", "proj.bias"]
    try attention.load(Dictionary(uniqueKeysWithValues: keys.map { ($0, golden[$0]!) }))
    let input = golden["input"]!
    input.requiresGradient = true
    let output = attention(input)
    #expect(difference(output, golden["output"]) < 1e-5)
    (output * golden["output_gradient"]!).sum().backward()
    #expect(difference(input.gradient, golden["gradient_input"]) < 1e-4)
    for (key, parameter) in attention.namedParameters {
      #expect(difference(parameter.value.gradient, golden["gradient_\(key)"]) < 1e-4, "\(key)")
    }
  }

  @Test(arguments: [true, false]) func theOrderOfPatchesDoesNotMatter(classToken: Bool) throws {
    let model = try model(smallConfig(height: 12, width: 20, classToken: classToken))
    var random = SplitMix64(state: 2)
    let patches = random.tensor([2, 15, 48])
    let order = Array(0..<15).shuffled(using: &random)
    let shuffled = patches.indexSelect(1, Tensor(order))
    let prefix = model.prefixCount
    #expect(prefix == (classToken ? 1 : 0))
    let moved = [Int](0..<prefix) + order.map { $0 + prefix }
    let whole = model(patches)
    #expect(whole.shape == [2, 15 + prefix, 32])
    let places = Tensor(order).expanded([2, 15])
    let tokens = encode(model, shuffled, places: places)
    #expect(difference(tokens, whole.indexSelect(1, Tensor(moved))) < 1e-5)
    // The places must follow the patches; without them the tokens are others.
    #expect(difference(model(shuffled), whole.indexSelect(1, Tensor(moved))) > 1e-2)
  }

  /// Tokens of patches at places `[B, k]`, all of one byte value's worth of normalisation.
  private func encode(_ model: VisionTransformer, _ patches: Tensor, places: Tensor) -> Tensor {
    let positions = model.patchPositions!.rows(places)
    let embedded =
      patches.matmul(model.patchEmbed.proj.weight.value.reshaped([32, -1]).transposed(0, 1))
      + model.patchEmbed.proj.bias.value + positions
    guard let token = model.clsToken else { return model.encode(embedded) }
    let first = (token.value + model.posEmbed!.value.narrowed(1, start: 0, count: 1)).expanded([2, 1, 32])
    return model.encode(Tensor.concatenate([first, embedded], along: 1))
  }

  @Test(arguments: [true, false]) func sequencesOfChosenPatchesAreEmbeddedWhereTheyBelong(classToken: Bool) throws {
    let config = smallConfig(height: 8, width: 12, classToken: classToken)
    let model = try model(config)
    var random = SplitMix64(state: 3)
    let bytes = random.bytes([2 * 6, 48])
    let patchifier = Patchifier(grid: config.grid, patchSize: 4, normalization: .imageNet, device: .cpu)
    // Patches 5, 0, 3 of the first image and 1, 4, 2 of the second.
    let places = Tensor([5, 0, 3, 1, 4, 2], shape: [2, 3])
    let rows = places + Tensor([0, 6], shape: [2, 1])
    let prefix = model.prefixCount
    let sequences = PatchSequences(
      bytes: bytes, rows: rows, positions: places, prefixCount: prefix, patchifier: patchifier)
    let chosen = patchifier.normalized(bytes.indexSelect(0, rows.reshaped([-1]))).reshaped([2, 3, 48])
    #expect(sequences.patches.shape == [2, 3 + prefix, 48])
    #expect(difference(model.encode(model.embed(sequences)), encode(model, chosen, places: places)) < 1e-5)
  }

  @Test func keysAreTimms() throws {
    let keys = try model(smallConfig()).namedParameters.map(\.key)
    let block = [
      "norm1.weight", "norm1.bias", "attn.qkv.weight", "attn.qkv.bias", "attn.proj.weight", "attn.proj.bias",
      "norm2.weight", "norm2.bias", "mlp.fc1.weight", "mlp.fc1.bias", "mlp.fc2.weight", "mlp.fc2.bias",
    ]
    let expected =
      ["cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias"]
      + (0..<2).flatMap { index in block.map { "blocks.\(index).\($0)" } } + ["norm.weight", "norm.bias"]
    #expect(keys == expected)
    let without = try model(smallConfig(classToken: false)).namedParameters.map(\.key)
    #expect(without == Array(expected.dropFirst()))
  }

  @Test(arguments: [(VisionTransformer.Architecture.tiny, 5_524_416), (.small, 21_665_664)])
  func parametersAreAsManyAsTheReferences(architecture: VisionTransformer.Architecture, count: Int) throws {
    var random = SplitMix64(state: 1)
    #expect(try VisionTransformer(VisionTransformer.Config(architecture), using: &random).parameterCount == count)
  }

  @Test func whatABiasHidesIsOfNoAccount() throws {
    let model = try model(smallConfig())
    var random = SplitMix64(state: 6)
    let tokens = random.tensor([2, 7, 32])
    let expected = model.encode(tokens.narrowed(1, start: 0, count: 4))
    let bias = Tensor([0, 0, 0, 0, -Float.infinity, -.infinity, -.infinity], shape: [1, 1, 1, 7])
    let output = model.encode(tokens, bias: bias).narrowed(1, start: 0, count: 4)
    #expect(difference(output, expected) < 1e-5)
    #expect(difference(model.encode(tokens).narrowed(1, start: 0, count: 4), expected) > 1e-3)
  }

  @Test func droppedBranchesLeaveTheResidual() throws {
    let model = try model(smallConfig())
    var random = SplitMix64(state: 4)
    let tokens = random.tensor([6, 5, 32])
    // In the last block a rate near 1 drops almost every branch; the first block keeps all.
    let depth = StochasticDepth.draw(rate: 0.999999, depth: 2, sequences: 6, device: .cpu, using: &random)
    let output = model.runBlocks(tokens, depth: depth)
    #expect(difference(output, model.blocks[0](tokens)) == 0)
    #expect(difference(model.runBlocks(tokens), output) > 0.1)
  }
}

@Suite struct StochasticDepthTests {
  @Test func ratesRiseLinearlyAndKeepTheMean() {
    var random = SplitMix64(state: 1)
    let depth = StochasticDepth.draw(rate: 0.4, depth: 5, sequences: 20_000, device: .cpu, using: &random)!
    for block in 0..<5 {
      let rate = 0.1 * Double(block)
      for factors in [depth[block].attention, depth[block].mlp] {
        #expect(factors.shape == [20_000, 1, 1])
        let values = factors.array(of: Double.self)
        #expect(abs(Double(values.count { $0 == 0 }) / 20_000 - rate) < 0.016)
        #expect(values.allSatisfy { $0 == 0 || abs($0 - 1 / (1 - rate)) < 1e-6 })
      }
    }
    // Independent branches: in the last block both are dropped for a share of 0.4².
    let attention = depth[4].attention.array(of: Double.self)
    let both = zip(attention, depth[4].mlp.array(of: Double.self)).count { $0 == 0 && $1 == 0 }
    #expect(abs(Double(both) / 20_000 - 0.16) < 0.012)
  }

  @Test func aRateOfZeroDrawsNothing() {
    var random = SplitMix64(state: 1)
    #expect(StochasticDepth.draw(rate: 0, depth: 5, sequences: 2, device: .cpu, using: &random) == nil)
    #expect(random.state == 1)
  }
}
