import ImageCoding
package import ImageTransforms
package import SplitMaskCore

/// What a detector sees of an image in training: mirrored or not, then one of two policies (XCiT's and Swin's;
/// facebookresearch/xcit, detection/configs).
///
/// Either the image at a short side drawn from ``shortSides``; or at one drawn from ``cropShortSides``, a random part of
/// that, and that part at a short side as before.
public struct DetectionAugmentation: Codable, Hashable, Sendable {
  /// The chance of being mirrored.
  public var flipProbability = 0.5
  /// Short sides of what is seen, in pixels.
  public var shortSides = Array(stride(from: 480, through: 800, by: 32))
  /// The most pixels of the long side.
  public var longSide = 1333
  /// The chance that a part is cut out.
  public var cropProbability = 0.5
  /// Short sides of the image that the part is cut out of.
  public var cropShortSides = [400, 500, 600]
  /// Sides of the part: each drawn between these two, as far as the image reaches.
  public var cropSides = [384, 600]

  /// DETR's, as XCiT and Swin use them.
  public init() {}

  /// - Throws: `InvalidSetting`.
  public func validate() throws {
    for (key, values) in [
      ("shortSides", shortSides), ("cropShortSides", cropShortSides), ("cropSides", cropSides),
      ("longSide", [longSide]),
    ] where values.isEmpty || values.contains(where: { $0 < 1 }) {
      throw InvalidSetting("augmentation.\(key)", "must be numbers of at least 1, not \(values)")
    }
    guard cropSides.count == 2, cropSides[0] <= cropSides[1] else {
      throw InvalidSetting("augmentation.cropSides", "must be the least and the largest side, not \(cropSides)")
    }
    for (key, value) in [("flipProbability", flipProbability), ("cropProbability", cropProbability)]
    where !(0...1).contains(value) {
      throw InvalidSetting("augmentation.\(key)", "must be between 0 and 1, not \(value)")
    }
  }

  /// The most pixels that are seen.
  var pixelLimit: Int { shortSides.max()! * longSide }

  /// The largest that an object of an image is seen, in its own size: of the image as a whole or of the smallest part.
  func largestScale(width: Int, height: Int) -> Double {
    let short = shortSides.max()!
    let whole = FramePlacement.fitting(width: width, height: height, short: short, long: longSide)
    var scales = [Double(whole.width) / Double(width)]
    for side in cropProbability > 0 ? cropShortSides : [] {
      let factor = Double(side) / Double(min(width, height))
      let part = [width, height].map { min(max(1, Int(Double($0) * factor + 0.5)), cropSides[0]) }
      scales.append(factor * min(Double(longSide) / Double(part.max()!), Double(short) / Double(part.min()!)))
    }
    return scales.max()!
  }

  /// Draws what is seen of an image.
  package func draw(width: Int, height: Int, using generator: inout SeededGenerator) -> FramePlacement {
    let isFlipped = generator.bool(probability: flipProbability)
    var source = CropBox(left: 0, top: 0, width: width, height: height)
    if generator.bool(probability: cropProbability) {
      let short = cropShortSides[generator.integer(in: 0...cropShortSides.count - 1)]
      let scale = Double(short) / Double(min(width, height))
      (source.left, source.width) = part(of: width, scale: scale, using: &generator)
      (source.top, source.height) = part(of: height, scale: scale, using: &generator)
    }
    let short = shortSides[generator.integer(in: 0...shortSides.count - 1)]
    return .fitting(source, short: short, long: longSide, isFlipped: isFlipped)
  }

  /// A random part of a side that is `scale` times as long where the part is cut out.
  private func part(
    of length: Int, scale: Double, using generator: inout SeededGenerator
  ) -> (start: Int, length: Int) {
    let scaled = max(1, Int(Double(length) * scale + 0.5))
    let cut = generator.integer(in: min(scaled, cropSides[0])...min(scaled, cropSides[1]))
    let start = generator.integer(in: 0...scaled - cut)
    let first = min(length - 1, Int((Double(start) / scale).rounded()))
    let last = min(length, max(first + 1, Int((Double(start + cut) / scale).rounded())))
    return (first, last - first)
  }
}
