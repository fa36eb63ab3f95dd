import SplitMaskCore

/// The outline of an object of the embedded data set; what an image is classified by.
///
/// Every outline lies within `boundingRadius` of the origin, and is given by its distance field, so that the same
/// function yields masks, antialiased edges, bevels and shadows. The fields are those of Inigo Quilez,
/// "2D distance functions" (https://iquilezles.org/articles/distfunctions2d).
public enum ShapeClass: String, CaseIterable, Codable, Hashable, Sendable {
  /// A circle, filled.
  case disc
  /// A square with slightly rounded corners.
  case square
  /// An equilateral triangle.
  case triangle
  /// A regular hexagon.
  case hexagon
  /// A five-pointed star.
  case star
  /// A cross of two equal bars.
  case cross
  /// A circular band around a hole.
  case ring
  /// A rod with round ends.
  case capsule
  /// A disc with another disc taken away.
  case crescent
  /// A heart.
  case heart

  /// No point of an outline is further from its origin than this.
  package static let boundingRadius: Float = 1.12

  /// Area of the outline in its own units, so that objects of different shape can be made equally large.
  package var area: Float {
    switch self {
    case .disc: 3.142
    case .square: 2.43
    case .triangle: 1.42
    case .hexagon: 2.70
    case .star: 1.618
    case .cross: 2.28
    case .ring: 2.18
    case .capsule: 1.44
    case .crescent: 1.54
    case .heart: 2.40
    }
  }

  /// The pattern of the material that objects of this class are made of.
  ///
  /// Outlines alone are learnt slowly; a class that is told by its material as well can be learnt in minutes.
  var pattern: ShapeMaterial.Pattern {
    switch self {
    case .disc: .dots
    case .square: .bricks
    case .triangle: .stripes
    case .hexagon: .checks
    case .star: .gradient
    case .cross: .chevrons
    case .ring: .granite
    case .capsule: .wood
    case .crescent: .marble
    case .heart: .felt
    }
  }

  /// The two of five hues, evenly spaced, that objects of this class are coloured with.
  ///
  /// Each class is one of the ten pairs, so neither hue tells it alone, and the mean colour of an image, most of which is
  /// ground of any colour, hardly does: what tells it is which colours lie side by side.
  var hues: (first: Int, second: Int) {
    switch self {
    case .disc: (0, 2)
    case .square: (3, 4)
    case .triangle: (1, 3)
    case .hexagon: (0, 4)
    case .star: (2, 3)
    case .cross: (1, 4)
    case .ring: (0, 1)
    case .capsule: (2, 4)
    case .crescent: (0, 3)
    case .heart: (1, 2)
    }
  }

  /// Signed distance from `point` to the outline, negative inside, in the outline's own units.
  package func distance(to point: SIMD2<Float>) -> Float {
    switch self {
    case .disc: length(point) - 1
    case .square: distanceToBox(point, halfSide: 0.72) - 0.06
    case .triangle: distanceToTriangle(point + SIMD2(0, 0.05), halfSide: 0.84) - 0.04
    case .hexagon: distanceToHexagon(point, apothem: 0.85) - 0.03
    case .star: distanceToStar(point, radius: 1.02, innerRatio: 0.46) - 0.03
    case .cross: distanceToCross(point, halfLength: 0.94, halfWidth: 0.33) - 0.03
    case .ring: abs(length(point) - 0.75) - 0.2313
    case .capsule: length(point - SIMD2(min(max(point.x, -0.7), 0.7), 0)) - 0.365
    case .crescent: distanceToCrescent(point - SIMD2(0.08, 0), outer: 1.0, inner: 0.86, offset: 0.52) - 0.02
    case .heart: distanceToHeart(SIMD2(point.x, 0.92 - point.y) / 1.6) * 1.6 - 0.02
    }
  }
}

private func length(_ v: SIMD2<Float>) -> Float { (v * v).sum().squareRoot() }

private func dot(_ a: SIMD2<Float>, _ b: SIMD2<Float>) -> Float { (a * b).sum() }

private func distanceToBox(_ point: SIMD2<Float>, halfSide: Float) -> Float {
  let q = SIMD2(abs(point.x), abs(point.y)) - halfSide
  return length(SIMD2(max(q.x, 0), max(q.y, 0))) + min(max(q.x, q.y), 0)
}

private func distanceToTriangle(_ point: SIMD2<Float>, halfSide r: Float) -> Float {
  let k: Float = 1.7320508
  var p = SIMD2(abs(point.x) - r, -point.y + r / k)
  if p.x + k * p.y > 0 { p = SIMD2(p.x - k * p.y, -k * p.x - p.y) / 2 }
  p.x -= min(max(p.x, -2 * r), 0)
  return p.y > 0 ? -length(p) : length(p)
}

private func distanceToHexagon(_ point: SIMD2<Float>, apothem r: Float) -> Float {
  let k = SIMD2<Float>(-0.8660254, 0.5)
  var p = SIMD2(abs(point.x), abs(point.y))
  p -= 2 * min(dot(k, p), 0) * k
  p -= SIMD2(min(max(p.x, -0.57735027 * r), 0.57735027 * r), r)
  return p.y > 0 ? length(p) : -length(p)
}

private func distanceToStar(_ point: SIMD2<Float>, radius r: Float, innerRatio: Float) -> Float {
  let k1 = SIMD2<Float>(0.809017, -0.58778525)
  let k2 = SIMD2<Float>(-0.809017, -0.58778525)
  var p = SIMD2(abs(point.x), -point.y)
  p -= 2 * max(dot(k1, p), 0) * k1
  p -= 2 * max(dot(k2, p), 0) * k2
  p = SIMD2(abs(p.x), p.y - r)
  let edge = innerRatio * SIMD2(-k1.y, k1.x) - SIMD2(0, 1)
  let nearest = p - edge * min(max(dot(p, edge) / dot(edge, edge), 0), r)
  return p.y * edge.x - p.x * edge.y > 0 ? length(nearest) : -length(nearest)
}

private func distanceToCross(_ point: SIMD2<Float>, halfLength: Float, halfWidth: Float) -> Float {
  var p = SIMD2(abs(point.x), abs(point.y))
  if p.y > p.x { p = SIMD2(p.y, p.x) }
  let q = p - SIMD2(halfLength, halfWidth)
  let k = max(q.x, q.y)
  let w = k > 0 ? q : SIMD2(halfWidth - p.x, -k)
  let distance = length(SIMD2(max(w.x, 0), max(w.y, 0)))
  return k > 0 ? distance : -distance
}

private func distanceToCrescent(_ point: SIMD2<Float>, outer: Float, inner: Float, offset d: Float) -> Float {
  let p = SIMD2(point.x, abs(point.y))
  let a = (outer * outer - inner * inner + d * d) / (2 * d)
  let b = max(outer * outer - a * a, 0).squareRoot()
  if d * (p.x * b - p.y * a) > d * d * max(b - p.y, 0) { return length(p - SIMD2(a, b)) }
  return max(length(p) - outer, inner - length(p - SIMD2(d, 0)))
}

private func distanceToHeart(_ point: SIMD2<Float>) -> Float {
  let p = SIMD2(abs(point.x), point.y)
  if p.x + p.y > 1 { return length(p - SIMD2(0.25, 0.75)) - 0.35355339 }
  let distance = min(length(p - SIMD2(0, 1)), length(p - SIMD2(repeating: 0.5 * max(p.x + p.y, 0))))
  return p.x > p.y ? distance : -distance
}
