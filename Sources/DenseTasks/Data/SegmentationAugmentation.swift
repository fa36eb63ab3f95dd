import ImageCoding
import ImageLoading
public import ImageTransforms
import SplitMaskCore

/// What a segmenter sees of an image in training: the image in a random size, a square part of that, mirrored or not,
/// with its colours distorted (microsoft/unilm, beit/semantic_segmentation/configs).
public struct SegmentationAugmentation: Codable, Hashable, Sendable {
  /// The most pixels of the short side at a scale of 1.
  public var shortSide = 512
  /// The most pixels of the long side at a scale of 1.
  public var longSide = 2048
  /// The least and the largest scale.
  public var scale = [0.5, 2]
  /// The part's side, as far as the image reaches.
  public var cropSize = 512
  /// A part of which one class has a larger share is drawn again, ten times at most.
  public var classShare = 0.75
  /// The chance of being mirrored.
  public var flipProbability = 0.5
  /// Changes of colour; nil leaves them.
  public var distortion: PhotometricDistortion? = PhotometricDistortion()

  private static let draws = 10

  /// ADE20k's.
  public init() {}

  /// - Throws: `InvalidSetting`.
  public func validate() throws {
    for (key, value) in [("shortSide", shortSide), ("longSide", longSide), ("cropSize", cropSize)] where value < 1 {
      throw InvalidSetting("augmentation.\(key)", "must be at least 1, not \(value)")
    }
    guard scale.count == 2, scale[0] > 0, scale[0] <= scale[1], scale[1].isFinite else {
      throw InvalidSetting("augmentation.scale", "must be the least and the largest scale, not \(scale)")
    }
    for (key, value) in [("flipProbability", flipProbability), ("classShare", classShare)]
    where !(0...1).contains(value) {
      throw InvalidSetting("augmentation.\(key)", "must be between 0 and 1, not \(value)")
    }
  }

  /// The most pixels that are seen.
  var pixelLimit: Int { cropSize * cropSize }

  /// Draws what is seen of an image.
  ///
  /// - Parameter labels: of the image, 255 where none counts.
  func draw(_ labels: LabelMap, using generator: inout SeededGenerator) -> Frame {
    let factor = generator.uniform(in: scale[0]...scale[1])
    var placement = FramePlacement.fitting(
      width: labels.width, height: labels.height, short: max(1, Int(Double(shortSide) * factor)),
      long: max(1, Int(Double(longSide) * factor)))
    var shown: [UInt8] = []
    for _ in 0..<SegmentationAugmentation.draws {
      placement.window = part(of: placement, using: &generator)
      shown = placement.nearest(labels.values, rowLength: labels.width)
      if isVaried(shown) { break }
    }
    if generator.bool(probability: flipProbability) {
      placement.isFlipped = true
      shown = placement.nearest(labels.values, rowLength: labels.width)
    }
    let distortion = distortion?.draw(using: &generator)
    let map = LabelMap(width: placement.window.width, height: placement.window.height, values: shown)
    return Frame(placement, distortion: distortion, annotation: .labels(map))
  }

  private func part(of placement: FramePlacement, using generator: inout SeededGenerator) -> CropBox {
    let (width, height) = (min(cropSize, placement.width), min(cropSize, placement.height))
    let top = generator.integer(in: 0...placement.height - height)
    return CropBox(
      left: generator.integer(in: 0...placement.width - width), top: top, width: width, height: height)
  }

  /// Whether two classes are there at least, and none of them has too large a share.
  private func isVaried(_ labels: [UInt8]) -> Bool {
    var counts = [Int](repeating: 0, count: 256)
    for label in labels { counts[Int(label)] += 1 }
    counts[UPerNet.ignoredLabel] = 0
    let present = counts.filter { $0 > 0 }
    return present.count > 1 && Double(present.max()!) < classShare * Double(present.reduce(0, +))
  }
}
