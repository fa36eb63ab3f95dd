/// Smooth noise over the plane that depends on its seed and the place only: the grain of marble, wood and felt.
struct ProceduralNoise: Sendable {
  let seed: UInt32

  /// An even hash of a lattice point, 0 to 1.
  func lattice(_ x: Int32, _ y: Int32) -> Float {
    var hash = UInt32(bitPattern: x) &* 0x9E37_79B1 ^ UInt32(bitPattern: y) &* 0x85EB_CA77 ^ seed
    hash = (hash ^ hash >> 15) &* 0x2C1B_3C6D
    hash = (hash ^ hash >> 12) &* 0x297A_2D39
    return Float((hash ^ hash >> 15) >> 8) * 0x1p-24
  }

  /// Value noise: lattice values joined by a cubic, 0 to 1, one bump a unit.
  func value(_ point: SIMD2<Float>) -> Float {
    let floor = point.rounded(.down)
    let f = point - floor
    let w = f * f * (3 - 2 * f)
    let (x, y) = (Int32(floor.x), Int32(floor.y))
    let (a, b) = (lattice(x, y), lattice(x &+ 1, y))
    let (c, d) = (lattice(x, y &+ 1), lattice(x &+ 1, y &+ 1))
    let top = a + (b - a) * w.x
    return top + (c + (d - c) * w.x - top) * w.y
  }

  /// Fractal noise: `octaves` of value noise, each twice as fine and half as strong, 0 to 1.
  func fractal(_ point: SIMD2<Float>, octaves: Int) -> Float {
    var (sum, weight, total): (Float, Float, Float) = (0, 1, 0)
    var p = point
    for _ in 0..<octaves {
      sum += weight * value(p)
      total += weight
      weight *= 0.5
      // Turning each octave hides the lattice.
      p = SIMD2(1.6 * p.x - 1.2 * p.y, 1.2 * p.x + 1.6 * p.y) + 17.3
    }
    return sum / total
  }
}
