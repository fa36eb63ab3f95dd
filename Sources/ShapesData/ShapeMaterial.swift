import Foundation

/// What an object or a background is made of: a pattern over the plane between two colours.
struct ShapeMaterial: Sendable {
  /// How the two colours are laid out.
  enum Pattern: CaseIterable, Sendable {
    case stripes, checks, dots, marble, wood, gradient, bricks, granite, chevrons, felt

    /// What the ground may be made of: patterns without an outline that could be taken for an object's.
    static let ofGrounds: [Pattern] = [.gradient, .felt, .granite, .marble]
  }

  let pattern: Pattern
  var first: LinearColor
  var second: LinearColor
  /// What the two colours are beyond red, green and blue.
  let spectra: (first: Spectrum, second: Spectrum)
  /// Repeats of the pattern along one short side of the image.
  let frequency: Float
  /// Where the pattern starts, and its direction as cosine and sine.
  let origin: SIMD2<Float>
  let direction: SIMD2<Float>
  /// How strongly noise bends the pattern, 0 for none.
  let warp: Float
  let noise: ProceduralNoise

  /// Colour at `point`; edges within the pattern are softened over `footprint`, the width of a pixel, both in short
  /// sides of the image.
  func color(at point: SIMD2<Float>, footprint: Float) -> LinearColor {
    let turned = SIMD2(
      point.x * direction.x + point.y * direction.y, point.y * direction.x - point.x * direction.y)
    var p = turned * frequency + origin
    if warp > 0 {
      p += warp * (SIMD2(noise.value(p * 0.7 + 31), noise.value(p * 0.7 - 57)) - 0.5)
    }
    return first + (second - first) * share(at: p, softness: max(footprint * frequency, 0.03))
  }

  /// Share of the second colour at `p`, which counts repeats.
  private func share(at p: SIMD2<Float>, softness: Float) -> Float {
    switch pattern {
    case .stripes: return band(p.x, softness)
    case .checks:
      let (a, b) = (band(p.x * 0.8, softness), band(p.y * 0.8, softness))
      return a + b - 2 * a * b
    case .dots:
      // Every other row is shifted by half a repeat.
      let row = p.y.rounded(.down)
      let cell = SIMD2(p.x + (Int(row) & 1 == 0 ? 0.5 : 0), p.y)
      let fromCentre = cell - cell.rounded(.down) - 0.5
      return ramp(0.3 - (fromCentre * fromCentre).sum().squareRoot(), softness)
    case .marble:
      let vein = abs(sinf(1.3 * p.x + 5 * noise.fractal(p * 0.6, octaves: 3)))
      return 1 - vein.squareRoot()
    case .wood:
      // Stretched rings, each darkening slowly and ending at once.
      let q = SIMD2(p.x * 0.4, p.y * 1.6)
      let ring = (q * q).sum().squareRoot() + 1.2 * noise.value(SIMD2(p.x * 0.3, p.y * 0.9))
      let phase = ring - ring.rounded(.down)
      let shade = phase < 0.88 ? phase * phase * 1.29 : (1 - phase) / 0.12
      return shade * 0.8 + 0.2 * noise.value(SIMD2(p.x * 0.8, p.y * 9))
    case .gradient:
      let t = 0.5 + 0.5 * sinf(p.x * 0.9)
      return t * 0.92 + 0.08 * noise.value(p * 6)
    case .bricks:
      let row = p.y.rounded(.down)
      let column = p.x * 0.5 + (Int(row) & 1 == 0 ? 0.5 : 0)
      let inside = SIMD2(column - column.rounded(.down), p.y - row)
      let joint = min(min(inside.x, 1 - inside.x) * 2, min(inside.y, 1 - inside.y))
      let tint = noise.lattice(Int32(column.rounded(.down)), Int32(row))
      return ramp(0.09 - joint, softness) * 0.75 + 0.35 * tint * tint
    case .granite:
      let speck = noise.fractal(p * 2.5, octaves: 3)
      return ramp(speck - 0.5, 0.1)
    case .chevrons:
      let tooth = abs(p.y * 0.8 - (p.y * 0.8).rounded(.down) - 0.5)
      return band(p.x + 1.2 * tooth, softness)
    case .felt:
      return noise.fractal(p * 1.7, octaves: 4)
    }
  }

  /// 1 in the second half of every repeat, 0 in the first.
  private func band(_ x: Float, _ softness: Float) -> Float {
    let phase = x - x.rounded(.down)
    return ramp(0.25 - abs(phase - 0.5), softness)
  }

  /// 0 below zero, 1 above, over `softness`.
  private func ramp(_ x: Float, _ softness: Float) -> Float {
    min(max(0.5 + x / softness, 0), 1)
  }
}
