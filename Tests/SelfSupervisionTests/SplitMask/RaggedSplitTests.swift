import SelfSupervision
import Testing
import Torch
import TorchNN
import VisionModels

/// Splits of four pictures of 4 × 4 patches whose branches see differently many.
private struct RaggedImages: CustomTestStringConvertible, Sendable {
  let name: String
  let images: [BatchSplit.Branches]

  var testDescription: String { name }

  static let all = [
    RaggedImages(
      name: "halves of any size",
      images: [6, 8, 1, 15].enumerated().map { index, count in
        var generator = SplitMix64(state: UInt64(index))
        let order = (0..<16).shuffled(using: &generator)
        return [order[count...].sorted(), order[..<count].sorted()]
      }),
    RaggedImages(
      name: "a quarter and its complement",
      images: (0..<4).map { index in
        let masks = try! UniformMaskGenerator(grid: PatchGrid(rows: 4, columns: 4), ratio: 0.75, complement: true)
        var generator = SplitMix64(state: UInt64(index))
        let drawn = masks.split(using: &generator)
        return [drawn.a, drawn.b]
      }),
  ]
}

extension TinyStep {
  fileprivate func branches(of images: [BatchSplit.Branches]) -> [BatchSplit.Branches] {
    method.split ? images : images.map { [$0[0]] }
  }

  /// The loss of all pictures with one sequence at a time in the network, so that none is padded.
  fileprivate func slowLoss(_ images: [BatchSplit.Branches]) -> Tensor {
    var sums: [Tensor] = []
    var count = 0
    var descriptors: [[Tensor]] = [[], []]
    for (index, branches) in self.branches(of: images).enumerated() {
      let own = pixels.narrowed(0, start: index, count: 1)
      for (branch, places) in branches.enumerated() {
        let split = BatchSplit([[places]], patchCount: 16, device: .cpu)
        let input = computation.prepare(images: own, tokenizerImages: own, split: split)
        let output = computation.model(computation.sequences(input), split: split, depth: nil)
        if let descriptor = output.descriptors { descriptors[branch].append(descriptor) }
        guard let words = input.words else { continue }
        let missing = (0..<16).filter { !places.contains($0) }
        let targets = words.indexSelect(0, Tensor(missing.map(Int64.init)))
        sums.append(computation.model.decoder.head(output.missing).crossEntropy(targets) * Double(missing.count))
        count += missing.count
      }
    }
    var parts: [Tensor] = []
    if count > 0 { parts.append(Tensor.stack(sums).sum() / Double(count)) }
    if method.match {
      parts.append(
        InfoNCE.loss(
          .concatenate(descriptors[0]), .concatenate(descriptors[1]), negatives: method.matching.negatives,
          normalized: method.matching.normalized, processes: .alone))
    }
    return Tensor.stack(parts).sum()
  }

  fileprivate var gradients: [String: Tensor?] {
    Dictionary(uniqueKeysWithValues: computation.model.namedParameters.map { ($0.key, $0.parameter.value.gradient) })
  }
}

@Suite struct RaggedSplitTests {
  @Test(arguments: RaggedImages.all, Variant.all)
  private func paddingIsOfNoAccount(ragged: RaggedImages, variant: Variant) throws {
    let (fast, slow) = (try TinyStep(variant), try TinyStep(variant))
    let split = BatchSplit(fast.branches(of: ragged.images), patchCount: 16, device: .cpu)
    let loss = fast.loss(split, detailed: true).total
    let expected = slow.slowLoss(ragged.images)
    #expect(abs(loss.item() - expected.item()) < 1e-5)
    loss.backward()
    expected.backward()
    let expectedGradients = slow.gradients
    for (key, gradient) in fast.gradients where (expectedGradients[key] ?? nil) != nil || gradient != nil {
      let scale = max(1, gradient?.absolute().maximum([]).item() ?? 0)
      #expect(difference(gradient, expectedGradients[key] ?? nil) < 1e-5 * scale, "\(key)")
    }
  }

  @Test func shorterSequencesArePadded() {
    let split = BatchSplit([[[0, 3], [1, 2, 4]], [[4], [0, 1, 2, 3]]], patchCount: 5, device: .cpu)
    #expect(split.sequenceCount == 4 && split.observed.shape == [4, 4])
    #expect(split.observed.array() == [0, 3, 0, 0, 4, 0, 0, 0, 1, 2, 4, 0, 0, 1, 2, 3])
    #expect(split.observedRows.array() == [0, 3, 0, 0, 9, 5, 5, 5, 1, 2, 4, 0, 5, 6, 7, 8])
    #expect(split.missing.array() == [1, 2, 4, 0, 1, 2, 3, 0, 3, 4])
    #expect(split.missingRows.array() == [1, 2, 4, 5, 6, 7, 8, 0, 3, 9])
  }
}

@Suite struct RaggedMaskTests {
  private let grid = PatchGrid(rows: 14, columns: 14)

  @Test func raggedHalvesAreTheBlocksAndTheRest() throws {
    let (ragged, exact) = (try BlockMaskGenerator(grid: grid, exact: false), try BlockMaskGenerator(grid: grid))
    var short = 0
    for seed in 0..<400 {
      var (first, second) = (SplitMix64(state: UInt64(seed)), SplitMix64(state: UInt64(seed)))
      let drawn = ragged.split(using: &first)
      let blocks = exact.blocks(covering: 98, using: &second)
      #expect(drawn.b == blocks.indices.filter { blocks[$0] })
      #expect(drawn.a == blocks.indices.filter { !blocks[$0] })
      if drawn.b.count < 98 { short += 1 }
    }
    // In a simulation 29 % of images were ragged; five standard deviations of 400 draws are 11 %.
    #expect(abs(Double(short) / 400 - 0.29) < 0.11)
  }

  @Test(arguments: [0.5, 0.75]) func raggedBranchesAreDisjointAndNeverEmpty(ratio: Double) throws {
    for side in 3...6 {
      let masks = try BlockMaskGenerator(grid: PatchGrid(rows: side, columns: side), ratio: ratio, exact: false)
      for seed in 0..<200 {
        var generator = SplitMix64(state: UInt64(seed))
        let drawn = masks.split(using: &generator)
        #expect(Set(drawn.a).isDisjoint(with: drawn.b) && !drawn.a.isEmpty && !drawn.b.isEmpty)
        #expect(drawn.b.count <= masks.seenCount && drawn.a == drawn.a.sorted())
      }
    }
  }

  @Test func complementSeesAllTheRest() throws {
    let masks = try UniformMaskGenerator(grid: grid, ratio: 0.75, complement: true)
    var seen = [Int](repeating: 0, count: 196)
    for seed in 0..<400 {
      var generator = SplitMix64(state: UInt64(seed))
      let drawn = masks.split(using: &generator)
      #expect(drawn.a.count == 49 && drawn.b.count == 147)
      #expect((drawn.a + drawn.b).sorted() == Array(0..<196))
      for place in drawn.a { seen[place] += 1 }
    }
    // Uniform: 100 of 400 expected at each place, standard deviation 8.7.
    #expect(seen.allSatisfy { abs($0 - 100) < 48 })
  }
}
