import Foundation
public import ImageCoding
public import SplitMaskCore

extension Augmentation {
  /// What is done to one image in one epoch.
  public struct Draw: Hashable, Sendable {
    /// The part of the image that is shown.
    public var crop: CropBox
    /// Whether it is mirrored left to right.
    public var isFlipped = false
    /// Changes of colour, in order.
    package var colorChanges: [ColorChange] = []
    /// RandAugment's operations, in order.
    public var operations: [RandAugment.Operation] = []
    /// The colour that rotated, sheared and moved images show beyond their edge.
    public var fill = RandAugment.Config().fill
    /// Whether it becomes grey.
    package var isGray = false
    /// The Gaussian blur's radius in pixels of the encoder's view; nil for none.
    public var blurRadius: Double?
    /// Whether values of 128 and more are inverted.
    package var isSolarized = false
    /// Whether `colorChanges` come after all other changes of colour, not before them.
    package var changesColorsLast = false
    /// How the rendered view is turned and mirrored, after the flip.
    public var dihedral = Dihedral.identity
    /// Noise added to a view of float channels; nil for none.
    package var noise: ViewNoise?
    /// The channels of a view of floats that are set to their means.
    public var droppedChannels: [Int] = []

    /// The crop and no other change.
    public init(crop: CropBox) {
      self.crop = crop
    }
  }

  /// Draws what is done to an image.
  ///
  /// - Parameters:
  ///   - generator: gives the random numbers.
  ///   - width: the image's columns.
  ///   - height: the image's rows.
  ///   - channelCount: its channels, of which some may be dropped.
  public func draw(
    using generator: inout SeededGenerator, width: Int, height: Int, channelCount: Int = 3
  ) -> Draw {
    var draw = Draw(crop: drawCrop(using: &generator, width: width, height: height))
    draw.isFlipped = generator.bool(probability: config.flipProbability)
    if config.threeAugment {
      drawThreeAugment(into: &draw, using: &generator)
    } else {
      drawColors(into: &draw, using: &generator)
    }
    // After all others and only where they are on, so that older configurations draw what they drew.
    if config.dihedral { draw.dihedral = .draw(using: &generator) }
    if config.noise > 0 {
      let standardDeviation = generator.uniform(in: 0...config.noise)
      draw.noise = ViewNoise(
        config.noiseDistribution, standardDeviation: standardDeviation, seed: generator.next())
    }
    if config.channelDropout > 0 {
      draw.droppedChannels = drawDroppedChannels(of: channelCount, using: &generator)
    }
    return draw
  }

  /// DINO's changes of colour, or RandAugment's operations.
  private func drawColors(into draw: inout Draw, using generator: inout SeededGenerator) {
    if let randAugment = config.randAugment {
      draw.operations = randAugment.draw(using: &generator)
      draw.fill = randAugment.fill
    } else {
      draw.colorChanges = config.colorJitter.draw(using: &generator)
    }
    draw.isGray = generator.bool(probability: config.grayscaleProbability)
    if generator.bool(probability: config.blurProbability) {
      draw.blurRadius = generator.uniform(in: config.blurRadius)
    }
    draw.isSolarized = generator.bool(probability: config.solarizeProbability)
  }

  /// DeiT III's choice of one of three, and its jitter, in the order of its code.
  private func drawThreeAugment(into draw: inout Draw, using generator: inout SeededGenerator) {
    switch generator.integer(in: 0...2) {
    case 0: draw.isGray = true
    case 1: draw.isSolarized = true
    default: draw.blurRadius = generator.uniform(in: config.blurRadius)
    }
    draw.colorChanges = ColorJitter.threeAugment.draw(using: &generator)
    draw.changesColorsLast = true
  }

  /// Each channel by itself; where all would go, one of them stays.
  private func drawDroppedChannels(of count: Int, using generator: inout SeededGenerator) -> [Int] {
    var dropped = (0..<count).filter { _ in generator.bool(probability: config.channelDropout) }
    if dropped.count == count { dropped.remove(at: generator.integer(in: 0...count - 1)) }
    return dropped
  }

  /// torchvision's `RandomResizedCrop.get_params`: ten tries, then the largest central crop of a permitted ratio.
  private func drawCrop(using generator: inout SeededGenerator, width: Int, height: Int) -> CropBox {
    let area = Double(width * height)
    let ratio = config.cropRatio
    let logarithm = log(ratio.lowerBound)...log(ratio.upperBound)
    for _ in 0..<10 {
      let cropArea = area * generator.uniform(in: config.cropScale)
      let aspect = exp(generator.uniform(in: logarithm))
      let cropWidth = Self.rounded((cropArea * aspect).squareRoot())
      let cropHeight = Self.rounded((cropArea / aspect).squareRoot())
      guard (1...width).contains(cropWidth), (1...height).contains(cropHeight) else { continue }
      let top = generator.integer(in: 0...(height - cropHeight))
      let left = generator.integer(in: 0...(width - cropWidth))
      return CropBox(left: left, top: top, width: cropWidth, height: cropHeight)
    }
    return Self.centralCrop(width: width, height: height, ratio: ratio)
  }

  static func centralCrop(width: Int, height: Int, ratio: ClosedRange<Double>) -> CropBox {
    var box = CropBox(left: 0, top: 0, width: width, height: height)
    let imageRatio = Double(width) / Double(height)
    if imageRatio < ratio.lowerBound {
      box.height = max(rounded(Double(width) / ratio.lowerBound), 1)
    } else if imageRatio > ratio.upperBound {
      box.width = max(rounded(Double(height) * ratio.upperBound), 1)
    }
    box.top = (height - box.height) / 2
    box.left = (width - box.width) / 2
    return box
  }

  /// Python's rounding: halves go to the even neighbour.
  private static func rounded(_ value: Double) -> Int {
    Int(value.rounded(.toNearestOrEven))
  }
}
