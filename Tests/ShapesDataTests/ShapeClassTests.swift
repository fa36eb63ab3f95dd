import ShapesData
import Testing

@Suite struct ShapeClassTests {
  /// Side of the grid cells that outlines are sampled on.
  private static let step: Float = 0.005

  @Test(arguments: ShapeClass.allCases) func areaIsThatOfTheOutline(shape: ShapeClass) {
    var inside = 0
    for y in stride(from: Float(-1.3), through: 1.3, by: Self.step) {
      for x in stride(from: Float(-1.3), through: 1.3, by: Self.step) where shape.distance(to: SIMD2(x, y)) < 0 {
        inside += 1
      }
    }
    let measured = Float(inside) * Self.step * Self.step
    #expect(abs(measured - shape.area) < 0.015, "measured \(measured)")
  }

  @Test(arguments: ShapeClass.allCases) func outlineLiesWithinTheBoundingRadius(shape: ShapeClass) {
    var furthest: Float = 0
    for y in stride(from: Float(-1.5), through: 1.5, by: Self.step) {
      for x in stride(from: Float(-1.5), through: 1.5, by: Self.step) where shape.distance(to: SIMD2(x, y)) < 0 {
        furthest = max(furthest, (x * x + y * y).squareRoot())
      }
    }
    #expect(furthest <= ShapeClass.boundingRadius)
    #expect(furthest > 0.9, "the outline fills its circle")
  }

  /// A distance changes by no more than the step taken, and nearly by as much somewhere off the outline.
  @Test(arguments: ShapeClass.allCases) func fieldIsADistance(shape: ShapeClass) {
    var steepest: Float = 0
    for y in stride(from: Float(-1.4), through: 1.4, by: 0.02) {
      for x in stride(from: Float(-1.4), through: 1.4, by: 0.02) {
        let change = shape.distance(to: SIMD2(x + 0.01, y)) - shape.distance(to: SIMD2(x, y))
        steepest = max(steepest, abs(change) / 0.01)
      }
    }
    #expect(steepest < 1.01)
    #expect(steepest > 0.95)
  }
}
