import SelfSupervision
import Testing
import Torch

@Suite struct KMeansTests {
  private func noise(_ seed: UInt64, images count: Int) -> FixedPatches {
    var random = SplitMix64(state: seed)
    return images(count, patches: 10) { _, _, _ in UInt8.random(in: 0...255, using: &random) }
  }

  @Test(arguments: [1, 2, 3, 4]) func separateClustersAreFound(seed: UInt64) throws {
    var random = SplitMix64(state: 11)
    let centres = (0..<6).map { _ in (0..<12).map { _ in Int.random(in: 10...245, using: &random) } }
    let source = images(60, patches: 8) { image, patch, place in
      UInt8(centres[(image + patch) % 6][place] + Int.random(in: -3...3, using: &random))
    }
    let tokenizer = try PatchTokenizer.make(
      specification(.kMeans, vocabulary: 6, seed: seed) { $0.iterations = 25 }, from: source, device: .cpu)
    let found = painted(tokenizer)
    // Lloyd may end with two centroids in one cluster; most of the six must be a cluster's mean all the same.
    let near = centres.count { centre in
      found.contains { zip($0, centre).allSatisfy { abs(Int($0) - $1) <= 2 } }
    }
    #expect(near >= 3)
  }

  @Test func centroidsAreTheMeansOfTheirNearestPatches() throws {
    let source = noise(2, images: 100)
    var distances: [Double] = []
    let tokenizer = try PatchTokenizer.make(
      specification(.kMeans, vocabulary: 7) { $0.iterations = 300 }, from: source, device: .cpu
    ) { progress in
      if case .clustering(_, _, let distance, _) = progress { distances.append(distance) }
    }
    #expect(distances.count == 300)
    #expect(zip(distances, distances.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-6) })
    let centroids = rows(tokenizer.prototypes)
    var members = [[[Double]]](repeating: [], count: 7)
    var total = 0.0
    for value in rows(normalized(source)) {
      let squares = centroids.map { squaredDistance($0, value) }
      members[squares.firstIndex(of: squares.min()!)!].append(value)
      total += squares.min()!
    }
    #expect(abs(total / 1000 - distances.last!) < 1e-3)
    for (centroid, own) in zip(centroids, members) { #expect(squaredDistance(centroid, mean(own)) < 1e-4) }
    #expect(rows(tokenizer.codebook!).allSatisfy { abs(dot($0, $0) - 1) < 1e-5 })
  }

  @Test func emptyClustersMoveToPatchesThatHaveNone() throws {
    // Nine of ten patches are equal, so most of the first centroids are too, and all but one of those are left empty.
    let source = images(50, patches: 10) { image, patch, place in
      patch < 9 ? 200 : UInt8((image % 10) * 20 + place)
    }
    var empty: [Int] = []
    let tokenizer = try PatchTokenizer.make(
      specification(.kMeans, vocabulary: 11) { $0.iterations = 20 }, from: source, device: .cpu
    ) { progress in
      if case .clustering(_, _, _, let count) = progress { empty.append(count) }
    }
    #expect(empty.first! > 0)
    #expect(empty.last! == 0)
    #expect(Set(painted(tokenizer)).count == 11)
  }

  @Test func theSeedFixesTheWords() throws {
    let source = noise(2, images: 50)
    func codebook(_ seed: UInt64) throws -> Tensor {
      let own = specification(.kMeans, vocabulary: 20, seed: seed) { $0.centerPatches = true }
      return try PatchTokenizer.make(own, from: source, device: .cpu).codebook!
    }
    #expect(try codebook(1).hasSameValues(as: codebook(1)))
    #expect(try !codebook(1).hasSameValues(as: codebook(2)))
    #expect(rows(try codebook(1)).allSatisfy { abs($0.reduce(0, +)) < 1e-5 })
  }

  @Test func noMorePatchesAreReadThanAsked() throws {
    var read: [PatchTokenizer.Progress] = []
    let own = specification(.kMeans, vocabulary: 5) { ($0.samples, $0.iterations) = (75, 1) }
    _ = try PatchTokenizer.make(own, from: noise(3, images: 50), device: .cpu) { read.append($0) }
    #expect(read.count == 4)
    #expect(read[0] == .reading(patches: 40, of: 75))
    #expect(read[1] == .reading(patches: 75, of: 75))
    #expect(read[2] == .assigning(iteration: 1, of: 1, patches: 75, total: 75))
  }

  /// A user who no longer wants to wait need not wait for the pass at hand.
  @Test(arguments: [PatchTokenizer.Kind.kMeans, .randomPatches]) func whatProgressThrowsEndsTheMaking(
    kind: PatchTokenizer.Kind
  ) throws {
    struct Enough: Error {}
    let own = specification(kind, vocabulary: 5) { $0.iterations = 3 }
    #expect(throws: Enough.self) {
      try PatchTokenizer.make(own, from: noise(3, images: 50), device: .cpu) { _ in throw Enough() }
    }
    guard kind == .kMeans else { return }
    var passes = 0
    #expect(throws: Enough.self) {
      try PatchTokenizer.make(own, from: noise(3, images: 50), device: .cpu) { progress in
        if case .clustering = progress { passes += 1 }
        if case .assigning(2, _, _, _) = progress { throw Enough() }
      }
    }
    #expect(passes == 1)
  }

  private func squaredDistance(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}
