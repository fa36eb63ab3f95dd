public import SplitMaskCore

/// The two disjoint subsets of an image's patches that the two branches see (arXiv 2112.10740, §3.3, Split).
public struct PatchSplit: Hashable, Sendable {
  /// What branch A sees: patch numbers in rising order.
  public let a: [Int]
  /// What branch B sees: patch numbers in rising order; as many as `a`, unless the generator says otherwise.
  public let b: [Int]

  /// How many patches each branch sees, by default the same for every image so that a batch is rectangular.
  ///
  /// A ratio of 0.5 gives exact halves. With an odd number of patches one of them, drawn at random for each image, is
  /// seen by neither branch and predicted by both.
  ///
  /// - Parameters:
  ///   - ratio: the share of the patches that a branch does not see.
  ///   - patchCount: patches of an image.
  /// - Throws: `InvalidSetting` when two subsets of that size overlap or are empty.
  public static func seenCount(ratio: Double, patchCount: Int) throws -> Int {
    guard ratio >= 0.5, ratio < 1 else {
      throw InvalidSetting(
        "splitmask.masking.ratio",
        "must be at least 0.5 and below 1, not \(ratio): the two branches see disjoint parts of an image")
    }
    let seen = min(patchCount / 2, Int(((1 - ratio) * Double(patchCount)).rounded()))
    guard seen >= 1 else {
      throw InvalidSetting(
        "splitmask.masking.ratio",
        "\(ratio) of \(patchCount) patches leaves a branch nothing to see; lower it, or use smaller patches")
    }
    return seen
  }
}

/// Draws which patches of an image each branch sees.
public protocol PatchSplitGenerator: Sendable {
  /// How many patches each branch is meant to see.
  var seenCount: Int { get }
  /// Draws one image's subsets.
  ///
  /// Of this one generator, since a generic requirement would be compiled for none and be far slower.
  func split(using generator: inout SeededGenerator) -> PatchSplit
}
