public import SplitMaskCore

/// mmsegmentation's random changes of brightness, contrast, saturation and hue
/// (version 0.11, mmseg/datasets/pipelines/transforms.py).
public struct PhotometricDistortion: Codable, Hashable, Sendable {
  /// The most that is added to or taken from every value.
  public var brightness = 32.0
  /// The factors of contrast reach from 1 less this to 1 more.
  public var contrast = 0.5
  /// The same for saturation.
  public var saturation = 0.5
  /// The most that hue turns, where 180 is a whole turn.
  public var hue = 18
  /// The chance of each change.
  public var probability = 0.5

  /// mmsegmentation's.
  public init() {}

  /// The changes of one image; a nil is one that is left out.
  public struct Draw: Hashable, Sendable {
    var brightness: Float?
    var contrast: Float?
    var isContrastFirst: Bool
    var saturation: Float?
    var hue: Int?

    package init(brightness: Float?, contrast: Float?, isContrastFirst: Bool, saturation: Float?, hue: Int?) {
      self.brightness = brightness
      self.contrast = contrast
      self.isContrastFirst = isContrastFirst
      self.saturation = saturation
      self.hue = hue
    }
  }

  /// Draws the changes of one image.
  public func draw(using generator: inout SeededGenerator) -> Draw {
    func maybe(_ range: ClosedRange<Double>) -> Float? {
      let isWanted = generator.bool(probability: probability)
      let value = generator.uniform(in: range)
      return isWanted ? Float(value) : nil
    }
    let brightness = maybe(-brightness...brightness)
    let isContrastFirst = generator.bool(probability: 0.5)
    let contrast = maybe(1 - contrast...1 + contrast)
    let saturation = maybe(1 - saturation...1 + saturation)
    let turns = generator.bool(probability: probability)
    let hue = generator.integer(in: min(0, -hue)...max(0, hue - 1))
    return Draw(
      brightness: brightness, contrast: contrast, isContrastFirst: isContrastFirst, saturation: saturation,
      hue: turns ? hue : nil)
  }
}

extension PhotometricDistortion.Draw {
  /// Changes 8-bit red, green and blue in place; after every change fractions are cut off and what is beyond 8 bits.
  package func apply(to bytes: UnsafeMutableRawBufferPointer) {
    let pixels = bytes.bindMemory(to: UInt8.self)
    var curve = (0...255).map { Float($0) }
    if let brightness { curve = curve.map { Self.byte($0 + brightness) } }
    if isContrastFirst, let contrast { curve = curve.map { Self.byte($0 * contrast) } }
    Self.apply(curve, to: pixels)
    if let saturation { Self.change(pixels) { $0.saturation = Self.byte($0.saturation * saturation) } }
    if let hue {
      Self.change(pixels) { color in
        let turned = (Int(color.hue) + hue) % 180
        color.hue = Float(turned < 0 ? turned + 180 : turned)
      }
    }
    if !isContrastFirst, let contrast { Self.apply((0...255).map { Self.byte(Float($0) * contrast) }, to: pixels) }
  }

  /// Changes float channels of 0 to 255 in place: brightness and contrast alone, since saturation and hue are colours'. Nothing
  /// is cut off.
  package func apply(to values: UnsafeMutableBufferPointer<Float>) {
    let (summand, factor) = (brightness ?? 0, contrast ?? 1)
    guard summand != 0 || factor != 1 else { return }
    for index in values.indices { values[index] = (values[index] + summand) * factor }
  }

  private static func byte(_ value: Float) -> Float { min(max(value, 0), 255).rounded(.down) }

  private static func apply(_ curve: [Float], to pixels: UnsafeMutableBufferPointer<UInt8>) {
    let table = curve.map { UInt8($0) }
    guard table != Array(0...255) else { return }
    for index in pixels.indices { pixels[index] = table[Int(pixels[index])] }
  }

  /// Changes colours by way of HSV with OpenCV's 8-bit steps: 180 of hue, 256 of saturation.
  private static func change(_ pixels: UnsafeMutableBufferPointer<UInt8>, _ body: (inout HSV) -> Void) {
    for start in stride(from: 0, to: pixels.count - 2, by: 3) {
      var color = HSV(red: Int(pixels[start]), green: Int(pixels[start + 1]), blue: Int(pixels[start + 2]))
      body(&color)
      let rgb = color.rgb.rounded(.toNearestOrEven)
      for channel in 0..<3 { pixels[start + channel] = UInt8(min(max(rgb[channel], 0), 255)) }
    }
  }

  private struct HSV {
    /// 0 ..< 180.
    var hue: Float
    /// 0 ... 255.
    var saturation: Float
    /// 0 ... 255.
    let value: Float

    /// OpenCV's quotients of 180 / 6 and of 255 with a difference, in 2¹² parts.
    private static let hueParts = quotients(of: 30)
    private static let saturationParts = quotients(of: 255)

    private static func quotients(of value: Double) -> [Int] {
      [0] + (1...255).map { Int((value * 4096 / Double($0)).rounded(.toNearestOrEven)) }
    }

    init(red: Int, green: Int, blue: Int) {
      let highest = max(red, green, blue)
      let range = highest - min(red, green, blue)
      let sixth =
        highest == red ? green - blue : highest == green ? blue - red + 2 * range : red - green + 4 * range
      let turned = (sixth * HSV.hueParts[range] + 2048) >> 12
      value = Float(highest)
      saturation = Float((range * HSV.saturationParts[highest] + 2048) >> 12)
      hue = Float(turned < 0 ? turned + 180 : turned)
    }

    var rgb: SIMD3<Float> {
      let sector = hue / 30
      let whole = sector.rounded(.down)
      let rest = sector - whole
      let share = saturation / 255
      let low = value * (1 - share)
      let falling = value * (1 - share * rest)
      let rising = value * (1 - share * (1 - rest))
      switch Int(whole) {
      case 0: return SIMD3(value, rising, low)
      case 1: return SIMD3(falling, value, low)
      case 2: return SIMD3(low, value, rising)
      case 3: return SIMD3(low, falling, value)
      case 4: return SIMD3(rising, low, value)
      default: return SIMD3(value, low, falling)
      }
    }
  }
}
