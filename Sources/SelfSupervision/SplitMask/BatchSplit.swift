public import Torch

/// Which patches each sequence of a batch sees, and which it must predict, on the device.
///
/// Sequences are numbered branch by branch: with B images, sequence s shows image s mod B. All missing places together
/// are R; where every sequence sees k patches and predicts m, R is S · m.
public struct BatchSplit {
  /// One image's patches as its branches see them, ascending.
  public typealias Branches = [[Int]]

  /// Images, B.
  public let imageCount: Int
  /// Branches an image has: 2 for SplitMask, 1 for a full sequence.
  public let branchCount: Int
  /// Places in the grid that each sequence sees, `[S, k]` int64; shorter sequences are padded with place 0.
  public let observed: Tensor
  /// Places to predict, ascending in each sequence: `[S, m]` int64, or `[R]` where sequences differ in length.
  public let missing: Tensor
  /// Rows of all images' patches behind `observed`, `[S, k]` int64.
  public let observedRows: Tensor
  /// Rows of all images' patches behind `missing`, of the same shape, int64.
  public let missingRows: Tensor
  /// What padding needs; nil where all sequences are equally long.
  let ragged: RaggedLayout?
  /// Places that each sequence sees, S lists.
  let seenPlaces: [[Int]]
  private let patchCount: Int

  /// Lays out the branches of a batch's images.
  public init(_ images: [Branches], patchCount: Int, device: Device) {
    imageCount = images.count
    branchCount = images[0].count
    self.patchCount = patchCount
    let seenPlaces = (0..<branchCount).flatMap { branch in images.map { $0[branch] } }
    self.seenPlaces = seenPlaces
    let (longest, shortest) = (seenPlaces.map(\.count).max()!, seenPlaces.map(\.count).min()!)
    var observed: [Int64] = []
    var missing: [Int64] = []
    observed.reserveCapacity(seenPlaces.count * longest)
    missing.reserveCapacity(seenPlaces.count * (patchCount - shortest))
    var missingOffsets: [Int64] = []
    var isSeen = [Bool](repeating: false, count: patchCount)
    for (sequence, places) in seenPlaces.enumerated() {
      for place in places { isSeen[place] = true }
      for place in 0..<patchCount where !isSeen[place] { missing.append(Int64(place)) }
      observed += places.map(Int64.init)
      observed += [Int64](repeating: 0, count: longest - places.count)
      for place in places { isSeen[place] = false }
      let offset = Int64(sequence % images.count * patchCount)
      missingOffsets += [Int64](repeating: offset, count: missing.count - missingOffsets.count)
    }
    let missingShape = longest == shortest ? [seenPlaces.count, patchCount - longest] : [missing.count]
    self.observed = Tensor(observed, shape: [seenPlaces.count, longest]).sent(to: device)
    self.missing = Tensor(missing, shape: missingShape).sent(to: device)
    let offsets = seenPlaces.indices.map { Int64($0 % images.count * patchCount) }
    observedRows = self.observed + Tensor(offsets, shape: [seenPlaces.count, 1]).sent(to: device)
    missingRows = self.missing + Tensor(missingOffsets, shape: missingShape).sent(to: device)
    ragged =
      longest == shortest
      ? nil : RaggedLayout(seenPlaces: seenPlaces, longest: longest, patchCount: patchCount, device: device)
  }

  /// Sequences, S.
  public var sequenceCount: Int { seenPlaces.count }

  /// How many places each sequence must predict, S numbers whose sum is R.
  var missingCounts: [Int] { seenPlaces.map { patchCount - $0.count } }

  /// Places that a sequence must predict, ascending.
  func missingPlaces(of sequence: Int) -> [Int] {
    let seen = Set(seenPlaces[sequence])
    return (0..<patchCount).filter { !seen.contains($0) }
  }

  /// The missing places as those that a full sequence hides, of images with one branch.
  ///
  /// - Parameter prefixCount: tokens before an image's patches.
  func maskedPlaces(prefixCount: Int) -> MaskedPlaces {
    // A token's row is its patch's row and the prefixes of all images up to its own.
    let prefixes = missingCounts.enumerated().flatMap { image, count in
      [Int64](repeating: Int64((image + 1) * prefixCount), count: count)
    }
    let patchRows = missingRows.reshaped([-1])
    return MaskedPlaces(patchRows: patchRows, tokenRows: patchRows + Tensor(prefixes).sent(to: missing.device))
  }
}
