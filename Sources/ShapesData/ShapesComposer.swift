import Foundation
import SplitMaskCore

/// Makes the random decisions of one `ShapesScene`, in a fixed order.
struct ShapesComposer {
  private var generator: SeededGenerator
  /// Draws what only further channels show, so that red, green and blue do not depend on it.
  private var spectrumGenerator: SeededGenerator
  /// Half the width and height of the image, in short sides.
  private let halfSize: SIMD2<Float>
  /// Lightness and hue of the ground, which objects must stand out from.
  private var groundLightness: Float = 0.5
  private var groundHue: Float = 0

  init(seed: UInt64, index: Int, aspectRatio: Float) {
    generator = SeededGenerator(seed: seed, epoch: 0, index: index, purpose: .dataSet)
    spectrumGenerator = SeededGenerator(seed: seed, epoch: 3, index: index, purpose: .dataSet)
    halfSize = SIMD2(max(aspectRatio, 1), max(1 / aspectRatio, 1)) / 2
  }

  mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    Float(generator.uniform(in: Double(range.lowerBound)...Double(range.upperBound)))
  }

  mutating func noise() -> ProceduralNoise {
    ProceduralNoise(seed: UInt32(truncatingIfNeeded: generator.next()))
  }

  /// Direction towards a light above the picture: in the upper half plane, as people expect it.
  mutating func light() -> SIMD3<Float> {
    let azimuth = uniform(-2.9...(-0.25))
    let elevation = uniform(0.75...1.1)
    return SIMD3(cosf(azimuth) * cosf(elevation), sinf(azimuth) * cosf(elevation), sinf(elevation))
  }

  /// The ground: paler and of less contrast than objects, so that shapes can be told.
  mutating func background() -> ShapeMaterial {
    groundLightness = uniform(0.3...0.88)
    groundHue = uniform(0...6.2831853)
    let contrast = uniform(0.05...0.15) * (generator.bool(probability: 0.5) ? 1 : -1)
    let chroma = uniform(0.015...0.085)
    let patterns = ShapeMaterial.Pattern.ofGrounds
    return material(
      patterns[generator.integer(in: 0...(patterns.count - 1))],
      first: ColorSpace.linear(lightness: groundLightness - contrast / 2, chroma: chroma, hue: groundHue),
      second: ColorSpace.linear(
        lightness: groundLightness + contrast / 2, chroma: chroma, hue: groundHue + uniform(-0.7...0.7)),
      frequency: uniform(3...9), spectra: groundSpectra())
  }

  /// The main object and up to two smaller ones, back to front.
  ///
  /// A smaller one has less than a quarter of the main one's area and keeps away from its centre, so that the main object
  /// stays the largest one in sight.
  mutating func objects(mainShape: ShapeClass, otherShapes: [ShapeClass]) -> [ShapesScene.Object] {
    let mainRadius = uniform(0.27...0.36)
    let main = object(
      mainShape, radius: mainRadius, center: SIMD2(uniform(-0.1...0.1), uniform(-0.1...0.1)) * halfSize * 2)
    var objects = [main]
    for _ in 0..<[0, 1, 1, 2][generator.integer(in: 0...3)] {
      let shape = otherShapes[generator.integer(in: 0...(otherShapes.count - 1))]
      let radius = mainRadius * uniform(0.28...0.45)
      var center = SIMD2<Float>.zero
      repeat {
        center = SIMD2(uniform(-0.96...0.96), uniform(-0.96...0.96)) * halfSize
      } while isNear(center, main.center, within: mainRadius * 0.95)
      let place = generator.integer(in: 0...objects.count)
      objects.insert(object(shape, radius: radius, center: center), at: place)
    }
    return objects
  }

  private func isNear(_ a: SIMD2<Float>, _ b: SIMD2<Float>, within distance: Float) -> Bool {
    ((a - b) * (a - b)).sum() < distance * distance
  }

  /// An object as large as a disc of `radius`, whatever its shape.
  private mutating func object(_ shape: ShapeClass, radius: Float, center: SIMD2<Float>) -> ShapesScene.Object {
    let angle = uniform(0...6.2831853)
    let stretch = uniform(0.87...1.15)
    let scale = radius * (Float.pi / shape.area).squareRoot()
    // Either a narrow chamfer or a cushion rounded to its middle.
    let bevel = radius * (generator.bool(probability: 0.6) ? uniform(0.12...0.3) : uniform(0.5...0.9))
    return ShapesScene.Object(
      shape: shape, center: center, scale: scale, stretch: SIMD2(stretch, 1 / stretch),
      rotation: SIMD2(cosf(angle), sinf(angle)), material: objectMaterial(shape), bevel: bevel,
      gloss: generator.bool(probability: 0.55) ? uniform(0.15...0.7) : 0, lift: radius * uniform(0.12...0.38))
  }

  private mutating func objectMaterial(_ shape: ShapeClass) -> ShapeMaterial {
    var lightness = uniform(0.3...0.85)
    if abs(lightness - groundLightness) < 0.2 {
      // Too close to the ground to be told from it: to the far side of the scale.
      lightness = groundLightness + (groundLightness > 0.58 ? -1 : 1) * uniform(0.22...0.4)
    }
    let contrast = uniform(0.2...0.36) * (generator.bool(probability: 0.5) ? 1 : -1)
    return material(
      shape.pattern,
      first: ColorSpace.linear(
        lightness: lightness - contrast * 0.5, chroma: uniform(0.09...0.2), hue: hue(shape.hues.first)),
      second: ColorSpace.linear(
        lightness: lightness + contrast * 0.5, chroma: uniform(0.09...0.2), hue: hue(shape.hues.second)),
      frequency: uniform(6...9), spectra: spectra(of: shape))
  }

  /// Those of the class, a little different in every scene.
  private mutating func spectra(of shape: ShapeClass) -> (first: Spectrum, second: Spectrum) {
    let first = Spectrum(of: shape, isSecond: false).varied(using: &spectrumGenerator)
    return (first, Spectrum(of: shape, isSecond: true).varied(using: &spectrumGenerator))
  }

  /// Any, both alike.
  private mutating func groundSpectra() -> (first: Spectrum, second: Spectrum) {
    let spectrum = Spectrum(using: &spectrumGenerator)
    return (spectrum, spectrum.varied(using: &spectrumGenerator))
  }

  /// One of five hues, never quite the same, in radians.
  private mutating func hue(_ number: Int) -> Float { (Float(number) + uniform(-0.18...0.18)) * 6.2831853 / 5 }

  private mutating func material(
    _ pattern: ShapeMaterial.Pattern, first: LinearColor, second: LinearColor, frequency: Float,
    spectra: (first: Spectrum, second: Spectrum)
  ) -> ShapeMaterial {
    let angle = uniform(0...6.2831853)
    return ShapeMaterial(
      pattern: pattern, first: first, second: second, spectra: spectra,
      frequency: frequency, origin: SIMD2(uniform(0...50), uniform(0...50)),
      direction: SIMD2(cosf(angle), sinf(angle)),
      warp: generator.bool(probability: 0.3) ? uniform(0.5...1.5) : 0, noise: noise())
  }
}
