public import VisionModels

/// Two disjoint subsets drawn uniformly: with a ratio of 0.75 each branch sees a quarter; or, as an alternative, A a
/// quarter and B the other three (the paper is silent; docs/method.md, row 12).
public struct UniformMaskGenerator: PatchSplitGenerator, Hashable {
  /// How many patches each branch sees; branch A, where B sees its complement.
  public let seenCount: Int
  /// Whether branch B sees all that A does not, instead of as many as A.
  public let complement: Bool
  private let patchCount: Int

  /// - Parameters:
  ///   - grid: the grid of patches.
  ///   - ratio: the share of the patches that a branch does not see; 0.75 for the smallest data sets.
  ///   - complement: whether branch B sees all that A does not.
  /// - Throws: `InvalidSetting` when two subsets of that size overlap or are empty.
  public init(grid: PatchGrid, ratio: Double = 0.75, complement: Bool = false) throws {
    self.complement = complement
    seenCount = try PatchSplit.seenCount(ratio: ratio, patchCount: grid.count)
    patchCount = grid.count
  }

  /// Draws one image's subsets.
  public func split(using generator: inout some RandomNumberGenerator) -> PatchSplit {
    let drawn = Array(0..<patchCount).sample(complement ? patchCount : 2 * seenCount, using: &generator)
    return PatchSplit(a: drawn[..<seenCount].sorted(), b: drawn[seenCount...].sorted())
  }
}

extension Array {
  /// `count` different elements in random order.
  func sample(_ count: Int, using generator: inout some RandomNumberGenerator) -> [Element] {
    var rest = self
    for position in 0..<count {
      rest.swapAt(position, Int.random(in: position..<rest.count, using: &generator))
    }
    return Array(rest[..<count])
  }
}
