public import Torch

/// Which patches each sequence of a batch sees, and which it must predict, on the device.
///
/// Sequences are numbered branch by branch: with B images, sequence s shows image s mod B.
public struct BatchSplit {
  /// One image's patches as its branches see them, ascending.
  public typealias Branches = [[Int]]

  /// Images, B.
  public let imageCount: Int
  /// Branches an image has: 2 for SplitMask, 1 for a full sequence.
  public let branchCount: Int
  /// Places in the grid that each sequence sees, `[S, k]` int64.
  public let observed: Tensor
  /// Places that each sequence must predict, `[S, m]` int64, ascending.
  public let missing: Tensor
  /// Rows of all images' patches behind `observed`, `[S, k]` int64.
  public let observedRows: Tensor
  /// Rows of all images' patches behind `missing`, `[S, m]` int64.
  public let missingRows: Tensor

  /// Lays out the branches of a batch's images; all see equally many patches.
  public init(_ images: [Branches], patchCount: Int, device: Device) {
    imageCount = images.count
    branchCount = images[0].count
    let seen = images[0][0].count
    let sequences = branchCount * imageCount
    var observed: [Int64] = []
    var missing: [Int64] = []
    observed.reserveCapacity(sequences * seen)
    missing.reserveCapacity(sequences * (patchCount - seen))
    var isSeen = [Bool](repeating: false, count: patchCount)
    for branch in 0..<branchCount {
      for image in images {
        for place in image[branch] { isSeen[place] = true }
        for place in 0..<patchCount where !isSeen[place] { missing.append(Int64(place)) }
        observed += image[branch].map(Int64.init)
        for place in image[branch] { isSeen[place] = false }
      }
    }
    self.observed = Tensor(observed, shape: [sequences, seen]).to(device)
    self.missing = Tensor(missing, shape: [sequences, patchCount - seen]).to(device)
    let offsets = (0..<sequences).map { Int64($0 % images.count * patchCount) }
    let offset = Tensor(offsets, shape: [sequences, 1]).to(device)
    observedRows = self.observed + offset
    missingRows = self.missing + offset
  }

  /// The missing places as those that a full sequence hides, of images with one branch.
  ///
  /// - Parameter prefixCount: tokens before an image's patches.
  func maskedPlaces(prefixCount: Int) -> MaskedPlaces {
    // A token's row is its patch's row and the prefixes of all images up to its own.
    let prefixes = Tensor((1...imageCount).map { Int64($0 * prefixCount) }, shape: [imageCount, 1])
    return MaskedPlaces(
      patchRows: missingRows.reshaped([-1]), tokenRows: (missingRows + prefixes.to(missing.device)).reshaped([-1]))
  }
}
