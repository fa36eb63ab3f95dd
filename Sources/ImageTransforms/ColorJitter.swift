import SplitMaskCore

/// How far brightness, contrast, saturation and hue may change (torchvision's `ColorJitter`).
public struct ColorJitter: Codable, Hashable, Sendable {
  /// The factor is drawn from [max(0, 1 - brightness), 1 + brightness].
  public var brightness: Double
  /// As for brightness.
  public var contrast: Double
  /// As for brightness.
  public var saturation: Double
  /// The shift is drawn from [-hue, hue] of a full turn; at most 0.5.
  public var hue: Double
  /// How often an image is changed at all.
  public var probability: Double

  /// Changes of the given strength, to every image unless a probability is given.
  public init(
    brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0, probability: Double = 1
  ) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
    self.probability = probability
  }

  /// No change.
  public static let none = ColorJitter(probability: 0)

  /// The changes of DeiT III's 3-Augment.
  public static let threeAugment = ColorJitter(brightness: 0.3, contrast: 0.3, saturation: 0.3)

  /// The changes for one image, in the random order in which they are made.
  func draw(using generator: inout SeededGenerator) -> [ColorChange] {
    guard probability > 0, generator.bool(probability: probability) else { return [] }
    return generator.permutation(count: 4).compactMap { kind in
      switch kind {
      case 0: Self.factor(brightness, &generator).map(ColorChange.brightness)
      case 1: Self.factor(contrast, &generator).map(ColorChange.contrast)
      case 2: Self.factor(saturation, &generator).map(ColorChange.saturation)
      default: hue > 0 ? .hue(generator.uniform(in: -hue...hue)) : nil
      }
    }
  }

  private static func factor(_ strength: Double, _ generator: inout SeededGenerator) -> Double? {
    strength > 0 ? generator.uniform(in: max(0, 1 - strength)...(1 + strength)) : nil
  }
}

/// One change of colour, in the measures of torchvision's functions of the same name.
public enum ColorChange: Hashable, Sendable {
  /// 0 is black, 1 no change.
  case brightness(Double)
  /// 0 is the image's mean grey, 1 no change.
  case contrast(Double)
  /// 0 is grey, 1 no change.
  case saturation(Double)
  /// Part of a full turn, -0.5 to 0.5.
  case hue(Double)
}
