import Foundation
import SplitMaskCore

/// timm's RandAugment (timm/data/auto_augment.py): a few of fifteen operations, each of a strength that is drawn about
/// one magnitude.
public enum RandAugment {
  /// How many operations, how strong; the defaults are DeiT's `rand-m9-mstd0.5-inc1`.
  public struct Config: Codable, Hashable, Sendable {
    /// The mean of the magnitudes, from 0 to 10.
    public var magnitude = 9.0
    /// The magnitudes' standard deviation; what is drawn beyond 0 and 10 is brought back to them.
    public var standardDeviation = 0.5
    /// Operations drawn for each image, with replacement.
    public var operationCount = 2
    /// How often an operation that was drawn is made.
    public var probability = 0.5
    /// Whether every operation becomes stronger with the magnitude (`inc1`); otherwise posterization, solarization and
    /// the four changes of colour follow timm's older scales.
    public var increasing = true
    /// Red, green and blue beyond the edge of rotated, sheared and moved images: the data set's mean.
    public var fill: [Int] = [124, 116, 104]

    /// DeiT's.
    public init() {}

    /// DeiT's where nothing else is said.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      magnitude = try values.decodeIfPresent(Double.self, forKey: .magnitude) ?? magnitude
      standardDeviation = try values.decodeIfPresent(Double.self, forKey: .standardDeviation) ?? standardDeviation
      operationCount = try values.decodeIfPresent(Int.self, forKey: .operationCount) ?? operationCount
      probability = try values.decodeIfPresent(Double.self, forKey: .probability) ?? probability
      increasing = try values.decodeIfPresent(Bool.self, forKey: .increasing) ?? increasing
      fill = try values.decodeIfPresent([Int].self, forKey: .fill) ?? fill
    }

    /// DeiT's at another magnitude, 7 for SplitMask's larger sets (arXiv 2112.10740, Table 9).
    public init(magnitude: Double) {
      self.magnitude = magnitude
    }
  }

  /// The fifteen operations, in timm's order.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    case autoContrast, equalize, invert, rotate, posterize, solarize, solarizeAdd, saturation, contrast, brightness
    case sharpness, shearX, shearY, translateX, translateY

    /// Whether the operation has two directions, drawn with equal chance.
    func isSigned(increasing: Bool) -> Bool {
      switch self {
      case .rotate, .shearX, .shearY, .translateX, .translateY: true
      case .saturation, .contrast, .brightness, .sharpness: increasing
      default: false
      }
    }
  }

  /// One operation with its strength.
  public enum Operation: Hashable, Sendable {
    /// Each channel stretched to all values.
    case autoContrast
    /// Each channel's values made equally frequent.
    case equalize
    /// Each value subtracted from 255.
    case invert
    /// Turned counter-clockwise about the centre.
    case rotate(degrees: Double)
    /// The upper bits kept, 0 to 8. Magnitude 10 keeps none: the image becomes black (Pillow 13 refuses that).
    case posterize(bits: Int)
    /// Values from the threshold on inverted.
    case solarize(threshold: Int)
    /// Values below 128 raised.
    case solarizeAdd(Int)
    /// A change of brightness, contrast or saturation.
    case color(ColorChange)
    /// 0 is smoothed, 1 no change.
    case sharpness(Double)
    /// Rows moved in proportion to their height.
    case shearX(Double)
    /// Columns moved in proportion to their place.
    case shearY(Double)
    /// Moved by a share of the width.
    case translateX(Double)
    /// Moved by a share of the height.
    case translateY(Double)
  }
}

extension RandAugment.Config {
  /// The operations for one image.
  func draw(using generator: inout SeededGenerator) -> [RandAugment.Operation] {
    (0..<operationCount).compactMap { _ in
      let kind = RandAugment.Kind.allCases[generator.integer(in: 0...RandAugment.Kind.allCases.count - 1)]
      guard generator.bool(probability: probability) else { return nil }
      let drawn = standardDeviation > 0 ? magnitude + standardDeviation * generator.normal() : magnitude
      let isNegated = kind.isSigned(increasing: increasing) && generator.bool(probability: 0.5)
      return RandAugment.Operation(
        kind, magnitude: min(max(drawn, 0), 10), isNegated: isNegated, increasing: increasing)
    }
  }

  /// - Throws: `InvalidSetting`, its key under `augmentation.randAugment`, for the first value out of range.
  func validate() throws {
    func require(_ condition: Bool, _ key: String, _ value: Any, _ rule: String) throws {
      guard condition else { throw InvalidSetting("augmentation.randAugment." + key, "is \(value); \(rule)") }
    }
    try require((0...10).contains(magnitude), "magnitude", magnitude, "it must be from 0 to 10")
    try require(
      (0...10).contains(standardDeviation), "standardDeviation", standardDeviation, "it must be from 0 to 10")
    try require((0...15).contains(operationCount), "operationCount", operationCount, "it must be from 0 to 15")
    try require((0...1).contains(probability), "probability", probability, "a probability is from 0 to 1")
    try require(
      fill.count == 3 && fill.allSatisfy { (0...255).contains($0) }, "fill", fill,
      "it must be three values from 0 to 255: red, green, blue")
  }
}

extension RandAugment.Operation {
  /// An operation as strong as a magnitude from 0 to 10 says.
  ///
  /// - Parameters:
  ///   - kind: the operation.
  ///   - magnitude: its strength, 0 to 10.
  ///   - isNegated: the other direction, of the operations that have two.
  ///   - increasing: timm's `inc1`; see `RandAugment.Config.increasing`.
  public init(_ kind: RandAugment.Kind, magnitude: Double, isNegated: Bool, increasing: Bool = true) {
    let level = magnitude / 10
    let signed = isNegated ? -level : level
    let factor = increasing ? max(0.1, 1 + 0.9 * signed) : 1.8 * level + 0.1
    switch kind {
    case .autoContrast: self = .autoContrast
    case .equalize: self = .equalize
    case .invert: self = .invert
    case .rotate: self = .rotate(degrees: 30 * signed)
    case .posterize: self = .posterize(bits: increasing ? 4 - Int(4 * level) : Int(4 * level))
    case .solarize:
      let reach = min(256, Int(256 * level))
      self = .solarize(threshold: increasing ? 256 - reach : reach)
    case .solarizeAdd: self = .solarizeAdd(min(128, Int(110 * level)))
    case .saturation: self = .color(.saturation(factor))
    case .contrast: self = .color(.contrast(factor))
    case .brightness: self = .color(.brightness(factor))
    case .sharpness: self = .sharpness(factor)
    case .shearX: self = .shearX(0.3 * signed)
    case .shearY: self = .shearY(0.3 * signed)
    case .translateX: self = .translateX(0.45 * signed)
    case .translateY: self = .translateY(0.45 * signed)
    }
  }
}
