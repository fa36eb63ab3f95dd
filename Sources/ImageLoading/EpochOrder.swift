import SplitMaskCore

/// Which images each batch of an epoch shows, and which take the place of those that cannot be read.
///
/// A function of seed, epoch and batch number only, so that neither the number of workers nor a restart changes it.
///
/// Where the images are divided into parts, the m-th of M parts fills the m-th of M equal stretches of every batch, as far as
/// whole batches go; what is then left of all parts follows.
///
/// With repeats r (DeiT's repeated augmentation, facebookresearch/deit, samplers.py), each image of the drawn order
/// stands r times in a row, and the epoch ends after `sampleCount` places: of N images about N / r are shown.
struct EpochOrder: Sendable {
  /// The images in the order of this epoch; nil for the data set's own order.
  private let order: [Int32]?
  private let count: Int
  private let repeats: Int
  let batchSize: Int
  let batchCount: Int
  /// Which part of every batch is made here.
  let share: BatchShare

  /// - Parameters:
  ///   - imageCount: images of the data set.
  ///   - repeats: how often an image that is shown is shown.
  ///   - batchSize: of whole batches.
  ///   - shuffleSeed: nil for the data set's own order.
  ///   - parts: into how many equal parts a drawn order divides the images; divides the batch size.
  init(
    imageCount: Int, repeats: Int = 1, batchSize: Int, dropLast: Bool, shuffleSeed: UInt64?, epoch: Int,
    parts: Int = 1, share: BatchShare = .whole
  ) {
    self.share = share
    count = Self.sampleCount(imageCount: imageCount, repeats: repeats)
    self.repeats = repeats
    self.batchSize = batchSize
    batchCount = Self.batchCount(count: count, batchSize: batchSize, dropLast: dropLast)
    order = shuffleSeed.map { seed in
      var generator = SeededGenerator(seed: seed, epoch: epoch, index: 0, purpose: .order)
      let drawn = (0..<parts).map { part in
        Self.shuffled(imageCount * part / parts..<imageCount * (part + 1) / parts, using: &generator)
      }
      return parts == 1 ? drawn[0] : Self.interleaved(drawn, stretch: batchSize / parts)
    }
  }

  private static func shuffled(_ images: Range<Int>, using generator: inout SeededGenerator) -> [Int32] {
    var order = images.map(Int32.init)
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, generator.integer(in: 0...last))
    }
    return order
  }

  /// A stretch of every part in turn, as long as all have one.
  private static func interleaved(_ parts: [[Int32]], stretch: Int) -> [Int32] {
    let stretches = parts.map { $0.count / stretch }.min()!
    let whole = (0..<stretches).flatMap { number in parts.flatMap { $0[number * stretch..<(number + 1) * stretch] } }
    return whole + parts.flatMap { $0[(stretches * stretch)...] }
  }

  /// Places of an epoch: all images once; with repeats, DeiT's ⌊N / 256⌋ · 256, or N where that would be none.
  static func sampleCount(imageCount: Int, repeats: Int) -> Int {
    repeats == 1 || imageCount < 256 ? imageCount : imageCount / 256 * 256
  }

  static func batchCount(count: Int, batchSize: Int, dropLast: Bool) -> Int {
    dropLast ? count / batchSize : (count + batchSize - 1) / batchSize
  }

  /// How many images of the batch are made here.
  func size(ofBatch batch: Int) -> Int {
    min(shareSize, max(0, count - batch * batchSize - share.index * shareSize))
  }

  /// The position of a slot of what is made here.
  func position(ofSlot slot: Int, inBatch batch: Int) -> Int { batch * batchSize + share.index * shareSize + slot }

  private var shareSize: Int { batchSize / share.count }

  /// The image at a position, where batch b starts at position b · `batchSize`.
  func image(at position: Int) -> Int { order.map { Int($0[position / repeats]) } ?? position / repeats }

  /// Which of its image's repetitions a position is, from 0.
  func copy(at position: Int) -> Int { position % repeats }

  /// The position whose image takes the place of an unreadable one: the same slot one batch further on; past the
  /// epoch's end, the next slot of the first batch. Repeated, it visits every position of the epoch.
  func substitute(for position: Int) -> Int {
    let further = position + batchSize
    return further < count ? further : (position % batchSize + 1) % min(batchSize, count)
  }
}
