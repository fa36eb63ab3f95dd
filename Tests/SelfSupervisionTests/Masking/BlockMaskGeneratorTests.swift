import Foundation
import SelfSupervision
import SplitMaskCore
import Testing
import VisionModels

/// Statistics of an independent implementation's 20,000 draws.
private struct Golden: Decodable {
  struct ToppedUp: Decodable {
    let meanBoundary: Double
    let frequency: [Double]
  }

  let target: Int
  let draws: Int
  let mean: Double
  let maximum: Int
  let percentiles: [String: Int]
  let exactFraction: Double
  let meanBoundary: Double
  let frequency: [Double]
  let toppedUp: ToppedUp

  static func all() throws -> [String: Golden] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      [String: Golden].self, from: Data(contentsOf: goldens.appending(path: "masking/block_mask_statistics.json")))
  }
}

/// Pairs of neighbouring patches of which one is masked.
private func boundary(_ mask: [Bool], side: Int) -> Int {
  mask.indices.reduce(0) { count, patch in
    let right = patch % side < side - 1 && mask[patch] != mask[patch + 1]
    let down = patch + side < mask.count && mask[patch] != mask[patch + side]
    return count + (right ? 1 : 0) + (down ? 1 : 0)
  }
}

private let grids = [
  PatchGrid(rows: 2, columns: 2), PatchGrid(rows: 4, columns: 4), PatchGrid(rows: 8, columns: 8),
  PatchGrid(rows: 14, columns: 14), PatchGrid(rows: 14, columns: 10), PatchGrid(rows: 3, columns: 3),
  PatchGrid(rows: 1, columns: 6), PatchGrid(rows: 5, columns: 7),
]

@Suite struct BlockMaskGeneratorTests {
  @Test(arguments: [75, 98]) func rectanglesAreDistributedAsBEiTs(target: Int) throws {
    let golden = try #require(try Golden.all()["n\(target)"])
    let generator = try BlockMaskGenerator(grid: PatchGrid(rows: 14, columns: 14))
    var random = SplitMix64(state: UInt64(target))
    let draws = 20_000
    var counts: [Int] = []
    var edges = 0
    var frequency = [Double](repeating: 0, count: 196)
    for _ in 0..<draws {
      let mask = generator.blocks(covering: target, using: &random)
      counts.append(mask.count { $0 })
      edges += boundary(mask, side: 14)
      for patch in mask.indices where mask[patch] { frequency[patch] += 1 / Double(draws) }
    }
    counts.sort()
    let exact = Double(counts.count { $0 == target }) / Double(draws)
    // A simulation's figures, 20,000 draws of BEiT's algorithm, then the golden's; both have a standard error of 0.003.
    #expect(abs(exact - (target == 75 ? 0.666 : 0.706)) < 0.015)
    #expect(abs(exact - golden.exactFraction) < 0.015)
    let mean = Double(counts.reduce(0, +)) / Double(draws)
    #expect(abs(mean - (target == 75 ? 74.47 : 97.57)) < 0.05)
    #expect(counts.last == target)
    #expect(counts.first! >= target - 20)
    for (percent, expected) in golden.percentiles {
      #expect(abs(counts[Int(percent)! * draws / 100] - expected) <= 1, "percentile \(percent)")
    }
    #expect(abs(Double(edges) / Double(draws) - golden.meanBoundary) < 0.25)
    // Standard errors of the two samples together are 0.005 at most; over 196 places 5 of them are never reached.
    #expect(zip(frequency, golden.frequency).allSatisfy { abs($0 - $1) < 0.025 })
  }

  @Test func toppedUpHalvesAreDistributedAsTheReferences() throws {
    let golden = try #require(try Golden.all()["n98"]).toppedUp
    let generator = try BlockMaskGenerator(grid: PatchGrid(rows: 14, columns: 14))
    var random = SplitMix64(state: 3)
    let draws = 10_000
    var edges = 0
    var frequency = [Double](repeating: 0, count: 196)
    for _ in 0..<draws {
      let split = generator.split(using: &random)
      var mask = [Bool](repeating: false, count: 196)
      for patch in split.b {
        mask[patch] = true
        frequency[patch] += 1 / Double(draws)
      }
      edges += boundary(mask, side: 14)
    }
    #expect(abs(Double(edges) / Double(draws) - golden.meanBoundary) < 0.35)
    #expect(zip(frequency, golden.frequency).allSatisfy { abs($0 - $1) < 0.03 })
  }

  @Test(arguments: grids) func halvesAreDisjointAndExact(grid: PatchGrid) throws {
    let generator = try BlockMaskGenerator(grid: grid)
    var random = SplitMix64(state: 1)
    var everSeen = Set<Int>()
    for _ in 0..<300 {
      let split = generator.split(using: &random)
      try expectValid(split, seen: grid.count / 2, patches: grid.count)
      #expect(split.a.count + split.b.count >= grid.count - 1)
      everSeen.formUnion(split.a)
    }
    #expect(everSeen.count == grid.count)
  }

  @Test func higherRatiosLeaveEachBranchAsMuch() throws {
    let generator = try BlockMaskGenerator(grid: PatchGrid(rows: 14, columns: 14), ratio: 0.75)
    var random = SplitMix64(state: 1)
    for _ in 0..<100 { try expectValid(generator.split(using: &random), seen: 49, patches: 196) }
  }

  @Test func blockSizesScaleWithTheGrid() throws {
    func sizes(_ rows: Int, _ columns: Int) throws -> [Int] {
      let generator = try BlockMaskGenerator(grid: PatchGrid(rows: rows, columns: columns))
      return [generator.minimumBlock, generator.maximumBlock]
    }
    #expect(try sizes(14, 14) == [16, 75])
    #expect(try sizes(8, 8) == [5, 24])
    #expect(try sizes(4, 4) == [1, 6])
    #expect(try sizes(2, 2) == [1, 2])
  }

  @Test func theSameDrawsGiveTheSameSubsets() throws {
    let generator = try BlockMaskGenerator(grid: PatchGrid(rows: 14, columns: 14))
    var first = SplitMix64(state: 9)
    var second = SplitMix64(state: 9)
    let splits = (0..<5).map { _ in generator.split(using: &first) }
    #expect(splits == (0..<5).map { _ in generator.split(using: &second) })
    #expect(Set(splits).count == 5)
  }
}

@Suite struct UniformMaskGeneratorTests {
  @Test(arguments: grids) func subsetsAreDisjointAndExact(grid: PatchGrid) throws {
    guard grid.count >= 4 else { return }
    let generator = try UniformMaskGenerator(grid: grid, ratio: 0.75)
    var random = SplitMix64(state: 1)
    for _ in 0..<100 {
      try expectValid(
        generator.split(using: &random), seen: Int((0.25 * Double(grid.count)).rounded()), patches: grid.count)
    }
  }

  @Test func everyPatchIsSeenAsOften() throws {
    let generator = try UniformMaskGenerator(grid: PatchGrid(rows: 4, columns: 4))
    var random = SplitMix64(state: 2)
    var a = [Double](repeating: 0, count: 16)
    var b = a
    for _ in 0..<20_000 {
      let split = generator.split(using: &random)
      for patch in split.a { a[patch] += 1 / 20_000 }
      for patch in split.b { b[patch] += 1 / 20_000 }
    }
    // The standard error of a share of 1/4 is 0.003.
    #expect((a + b).allSatisfy { abs($0 - 0.25) < 0.016 })
  }

  @Test(arguments: [0.0, 0.25, 0.49, 1, 1.5, -Double.infinity]) func ratiosThatOverlapAreRefused(ratio: Double) {
    let error = #expect(throws: InvalidSetting.self) {
      try UniformMaskGenerator(grid: PatchGrid(rows: 4, columns: 4), ratio: ratio)
    }
    #expect(error?.key == "splitmask.masking.ratio")
  }

  @Test func aSinglePatchIsRefused() {
    #expect(throws: InvalidSetting.self) { try BlockMaskGenerator(grid: PatchGrid(rows: 1, columns: 1)) }
    #expect(throws: InvalidSetting.self) {
      try UniformMaskGenerator(grid: PatchGrid(rows: 2, columns: 2), ratio: 0.9)
    }
  }
}

private func expectValid(_ split: PatchSplit, seen: Int, patches: Int) throws {
  #expect(split.a.count == seen && split.b.count == seen)
  #expect(split.a == split.a.sorted() && split.b == split.b.sorted())
  let both = Set(split.a + split.b)
  #expect(both.count == 2 * seen && both.allSatisfy { (0..<patches).contains($0) })
}
