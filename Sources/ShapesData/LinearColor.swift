import Foundation

/// A colour in linear light, red, green, blue; what is shaded and blended before it becomes sRGB.
typealias LinearColor = SIMD3<Float>

/// The colours a scene is painted with are chosen in Oklab (B. Ottosson, 2020), where equal steps look equal.
enum ColorSpace {
  /// Linear light of an Oklab colour given by lightness (0 to 1), chroma (0 to about 0.3) and hue in radians; colours
  /// no screen shows are drawn to the nearest one it does.
  static func linear(lightness: Float, chroma: Float, hue: Float) -> LinearColor {
    let (a, b) = (chroma * cosf(hue), chroma * sinf(hue))
    let l = lightness + 0.3963377774 * a + 0.2158037573 * b
    let m = lightness - 0.1055613458 * a - 0.0638541728 * b
    let s = lightness - 0.0894841775 * a - 1.2914855480 * b
    let (l3, m3, s3) = (l * l * l, m * m * m, s * s * s)
    let color = LinearColor(
      4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
      -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
      -0.0041960863 * l3 - 0.7034186147 * m3 + 1.7076147010 * s3)
    return color.clamped(lowerBound: .zero, upperBound: .one)
  }

  /// 8-bit sRGB of linear light `i / (count - 1)`.
  static let encoded: [UInt8] = (0..<4096).map { index in
    let value = Float(index) / 4095
    let encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * powf(value, 1 / 2.4) - 0.055
    return UInt8((encoded * 255).rounded())
  }

  /// 8-bit sRGB of linear light, which is clipped.
  static func encoded(_ light: Float) -> UInt8 {
    encoded[Int((min(max(light, 0), 1) * 4095).rounded(.toNearestOrEven))]
  }
}
