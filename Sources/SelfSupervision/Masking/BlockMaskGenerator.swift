public import VisionModels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// BEiT's random rectangles (microsoft/unilm, beit/masking_generator.py), topped up with uniformly drawn patches to an
/// exact count, as in beit2/masking_generator.py (the paper is silent; docs/method.md, row 11).
///
/// Branch B sees the rectangles. Branch A sees the rest; where the ratio is above 0.5, or the number of patches odd, as
/// many patches as B, drawn uniformly from the rest.
///
/// Without the exact count nothing is topped up: B sees at most `seenCount` patches, and A all the rest of a ratio of
/// 0.5, or as many as B of a larger one. The images of a batch then see differently many.
public struct BlockMaskGenerator: PatchSplitGenerator, Hashable {
  /// The grid of patches.
  public let grid: PatchGrid
  /// How many patches each branch sees; without the exact count, the most that B sees.
  public let seenCount: Int
  /// Whether branches are topped up to `seenCount`.
  public let exact: Bool
  /// Patches of the smallest rectangle: 16 of 196, as many of another grid in proportion, at least 1.
  public let minimumBlock: Int
  /// Patches that one rectangle may add: 75 of 196, as many of another grid in proportion.
  public let maximumBlock: Int

  private static let attempts = 10
  private static let narrowestAspect = 0.3

  /// - Parameters:
  ///   - grid: the grid of patches.
  ///   - ratio: the share of the patches that a branch does not see.
  ///   - exact: whether branches are topped up to the same number of patches.
  /// - Throws: `InvalidSetting` when two subsets of that size overlap or are empty.
  public init(grid: PatchGrid, ratio: Double = 0.5, exact: Bool = true) throws {
    self.grid = grid
    self.exact = exact
    seenCount = try PatchSplit.seenCount(ratio: ratio, patchCount: grid.count)
    let scale = Double(grid.count) / 196
    minimumBlock = max(1, Int((16 * scale).rounded()))
    maximumBlock = max(minimumBlock, Int((75 * scale).rounded()))
  }

  /// Draws one image's subsets.
  public func split(using generator: inout some RandomNumberGenerator) -> PatchSplit {
    var mask = blocks(covering: seenCount, using: &generator)
    let covered = mask.count { $0 }
    // A branch that sees nothing has nothing to attend to.
    let missing = exact ? seenCount - covered : max(0, 1 - covered)
    let free = mask.indices.filter { !mask[$0] }.sample(missing, using: &generator)
    for patch in free { mask[patch] = true }
    let (b, rest) = (mask.indices.filter { mask[$0] }, mask.indices.filter { !mask[$0] })
    let isHalf = 2 * seenCount + 1 >= grid.count
    let count = exact ? seenCount : isHalf ? rest.count : b.count
    let a = rest.count == count ? rest : rest.sample(count, using: &generator).sorted()
    return PatchSplit(a: a, b: b)
  }

  /// Rectangles until `count` patches are covered or ten attempts in a row fail, which leaves it short of `count`.
  ///
  /// - Returns: whether each patch is covered.
  package func blocks(covering count: Int, using generator: inout some RandomNumberGenerator) -> [Bool] {
    var mask = [Bool](repeating: false, count: grid.count)
    var covered = 0
    while covered < count {
      let added = place(into: &mask, atMost: min(count - covered, maximumBlock), using: &generator)
      if added == 0 { break }
      covered += added
    }
    return mask
  }

  /// Adds one rectangle of at most `limit` new patches.
  ///
  /// - Returns: how many it added; 0 when every attempt failed.
  private func place(
    into mask: inout [Bool], atMost limit: Int, using generator: inout some RandomNumberGenerator
  ) -> Int {
    for _ in 0..<Self.attempts {
      // Below the minimum the interval runs downwards, as in BEiT's code.
      let share = Double.random(in: 0..<1, using: &generator)
      let area = Double(minimumBlock) + Double(limit - minimumBlock) * share
      let bound = -log(Self.narrowestAspect)
      let aspect = exp(Double.random(in: -bound...bound, using: &generator))
      let height = Int((area * aspect).squareRoot().rounded())
      let width = Int((area / aspect).squareRoot().rounded())
      guard height < grid.rows, width < grid.columns else { continue }
      let top = Int.random(in: 0...(grid.rows - height), using: &generator)
      let left = Int.random(in: 0...(grid.columns - width), using: &generator)
      let patches = (top..<top + height).flatMap { row in
        (left..<left + width).map { row * grid.columns + $0 }
      }
      let added = patches.count { !mask[$0] }
      guard added > 0, added <= limit else { continue }
      for patch in patches { mask[patch] = true }
      return added
    }
    return 0
  }
}
