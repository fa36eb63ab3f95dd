import Foundation
public import ImageCoding
public import SplitMaskCore
public import Torch

/// Rectangles of noise on normalised images, as timm's `RandomErasing` in pixel mode with one rectangle
/// (timm/data/random_erasing.py).
public struct RandomErasing: Sendable {
  /// How often and how much; the defaults are DeiT's.
  public struct Config: Codable, Hashable, Sendable {
    /// How often an image loses a rectangle.
    public var probability = 0.25
    /// The rectangle's share of the image's area.
    public var area: ClosedRange<Double> = 0.02...(1.0 / 3)
    /// Height over width of the rectangle; its logarithm is drawn uniformly.
    public var aspect: ClosedRange<Double> = 0.3...(1 / 0.3)

    /// DeiT's.
    public init() {}
  }

  /// Tries to find a rectangle that fits; an image for which none does stays whole.
  private static let tries = 10

  /// How often and how much.
  public let config: Config

  /// Erasing with valid settings.
  public init(_ config: Config = Config()) {
    self.config = config
  }

  /// Draws one image's rectangle; nil for none.
  public func draw(height: Int, width: Int, using generator: inout SeededGenerator) -> CropBox? {
    guard config.probability > 0, generator.bool(probability: config.probability) else { return nil }
    let logarithm = log(config.aspect.lowerBound)...log(config.aspect.upperBound)
    for _ in 0..<Self.tries {
      let area = generator.uniform(in: config.area) * Double(height * width)
      let aspect = exp(generator.uniform(in: logarithm))
      let rows = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
      let columns = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
      guard rows < height && columns < width else { continue }
      let top = generator.integer(in: 0...height - rows)
      let left = generator.integer(in: 0...width - columns)
      return CropBox(left: left, top: top, width: columns, height: rows)
    }
    return nil
  }

  /// Draws a rectangle for each image and fills it with N(0, 1), in place.
  ///
  /// - Parameters:
  ///   - images: `[B, H, W, C]` floating point, normalised.
  ///   - generator: draws the rectangles.
  public func apply(to images: Tensor, using generator: inout SeededGenerator) {
    let shape = images.shape
    let boxes = (0..<shape[0]).map { _ in draw(height: shape[1], width: shape[2], using: &generator) }
    let channels = shape[3]
    func valueCount(_ box: CropBox) -> Int { box.width * box.height * channels }
    let count = boxes.reduce(0) { $0 + ($1.map(valueCount) ?? 0) }
    guard count > 0 else { return }
    // All noise goes to the device in one piece.
    let noise = Tensor(shape: [count], dtype: .float32) {
      generator.fillNormal($0.bindMemory(to: Float.self))
    }.sent(to: images.device)
    noGrad {
      var used = 0
      for (image, box) in boxes.enumerated() {
        guard let box, valueCount(box) > 0 else { continue }
        let values = noise.narrowed(0, start: used, count: valueCount(box))
        images.selected(0, image).narrowed(0, start: box.top, count: box.height)
          .narrowed(1, start: box.left, count: box.width)
          .copyInPlace(values.reshaped([box.height, box.width, channels]))
        used += valueCount(box)
      }
    }
  }
}

extension RandomErasing.Config {
  /// - Throws: `InvalidSetting`, its key under `erasing`, for the first value out of range.
  public func validate() throws {
    guard (0...1).contains(probability) else {
      throw InvalidSetting("erasing.probability", "is \(probability); a probability is from 0 to 1")
    }
    guard area.lowerBound > 0 && area.upperBound <= 1 else {
      throw InvalidSetting("erasing.area", "is \(area); both ends must be shares of the area, above 0 and at most 1")
    }
    guard aspect.lowerBound > 0 && aspect.upperBound.isFinite else {
      throw InvalidSetting("erasing.aspect", "is \(aspect); both ends must be above 0")
    }
  }
}

extension SeededGenerator {
  /// Fills memory with independent normal values of mean 0 and variance 1, two a draw (Box and Muller).
  fileprivate mutating func fillNormal(_ values: UnsafeMutableBufferPointer<Float>) {
    for position in stride(from: 0, to: values.count, by: 2) {
      let radius = (-2 * log(Float(1 - uniform()))).squareRoot()
      let angle = Float(2 * Double.pi * uniform())
      values[position] = radius * cos(angle)
      if position + 1 < values.count { values[position + 1] = radius * sin(angle) }
    }
  }
}
