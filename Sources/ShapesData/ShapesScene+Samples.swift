import Foundation
public import ImageCoding

extension ShapesScene {
  /// The stored value of no light, and what is added for light of strength 1, of 16 bits.
  private static let (darkLevel, gain): (Float, Float) = (1000, 40_000)
  /// Highlights are no brighter, so that no value of 16 bits is its type's greatest.
  private static let brightest: Float = 1.6

  /// Draws the scene in any number of channels: red, green, blue, and from the fourth on those in which materials reflect by
  /// smooth spectra of their own.
  ///
  /// - Parameters:
  ///   - width: columns.
  ///   - height: rows.
  ///   - channels: how many, 1 to 16.
  ///   - bits: 8 gives sRGB's curve, as of the picture that ``render(width:height:)`` draws; 16 gives linear values, like
  ///     a camera's: 1,000 is black and 41,000 is white, and highlights are brighter.
  /// - Returns: the values.
  public func samples(width: Int, height: Int, channels: Int, bits: Int) -> SampleImage {
    var values = [Float](repeating: 0, count: width * height * channels)
    for first in stride(from: 0, to: channels, by: 3) {
      let colors = ShapesRenderer(scene: band(first), width: width, height: height).renderLinear()
      for (pixel, color) in colors.enumerated() {
        for channel in first..<min(first + 3, channels) {
          values[pixel * channels + channel] = Self.stored(color[channel - first], bits: bits)
        }
      }
    }
    return SampleImage(width: width, height: height, channelCount: channels, values: values)
  }

  private static func stored(_ light: Float, bits: Int) -> Float {
    guard bits == 16 else { return Float(ColorSpace.encoded(light)) }
    return (darkLevel + gain * min(max(light, 0), brightest)).rounded()
  }

  /// The scene in the colours of three channels from `first` on, instead of red, green and blue.
  private func band(_ first: Int) -> ShapesScene {
    guard first > 0 else { return self }
    var scene = self
    scene.background = background.band(first)
    scene.objects = objects.map { object in
      var object = object
      object.material = object.material.band(first)
      return object
    }
    return scene
  }
}

extension ShapeMaterial {
  fileprivate func band(_ channel: Int) -> ShapeMaterial {
    var material = self
    material.first = LinearColor((0..<3).map { spectra.first.reflectance(channel + $0) })
    material.second = LinearColor((0..<3).map { spectra.second.reflectance(channel + $0) })
    return material
  }
}
