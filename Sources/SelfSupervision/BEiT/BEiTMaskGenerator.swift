import SplitMaskCore
public import VisionModels

/// BEiT's random rectangles as they fall (microsoft/unilm, beit/masking_generator.py): at most the asked number of
/// patches, in a third of the images fewer.
public struct BEiTMaskGenerator: Hashable, Sendable {
  /// Patches that are hidden at most.
  public let count: Int
  private let generator: BlockMaskGenerator

  /// - Parameters:
  ///   - grid: the grid of patches.
  ///   - ratio: the share of the patches to hide.
  /// - Throws: `InvalidSetting` for a grid of one patch.
  public init(grid: PatchGrid, ratio: Double = BEiT.Config().maskingRatio) throws {
    guard grid.count > 1 else {
      throw InvalidSetting("model.patchSize", "an image of one patch has nothing to hide; use smaller patches")
    }
    generator = try BlockMaskGenerator(grid: grid)
    count = min(grid.count - 1, max(1, Int((ratio * Double(grid.count)).rounded())))
  }

  /// Draws one image's hidden patches, ascending; at least one.
  public func masked(using generator: inout some RandomNumberGenerator) -> [Int] {
    let blocks = self.generator.blocks(covering: count, using: &generator)
    let masked = blocks.indices.filter { blocks[$0] }
    // No rectangle fits a grid of one row, and in others the attempts may all fail.
    return masked.isEmpty ? [Int.random(in: blocks.indices, using: &generator)] : masked
  }
}
