import DenseTasks
import ImageLoading
import Testing
import Torch

@Suite struct BoxTests {
  @Test func overlapsAreThoseOfTheDefinition() throws {
    let golden = try golden("dense/boxes")
    let found = Box.intersectionsOverUnions(boxes(golden["truths"]!), boxes(golden["proposals"]!))
    #expect(found == golden["overlaps"]!.array(of: Float.self))
    let unit = Box(left: 0, top: 0, right: 1, bottom: 1)
    #expect(unit.intersectionOverUnion(Box(left: 1, top: 0, right: 2, bottom: 1)) == 0)
    #expect(unit.intersectionOverUnion(Box(left: 0.5, top: 0, right: 1.5, bottom: 1)) == Float(1) / 3)
    let point = Box(left: 2, top: 2, right: 2, bottom: 2)
    #expect(point.intersectionOverUnion(point) == 0)
  }

  @Test func clippingAndScaling() {
    let box = Box(left: -3, top: 2, right: 40, bottom: 90)
    #expect(box.clipped(width: 30, height: 50) == Box(left: 0, top: 2, right: 30, bottom: 50))
    #expect(box.scaled(horizontally: 2, vertically: 0.5) == Box(left: -6, top: 1, right: 80, bottom: 45))
    #expect(!Box(left: .nan, top: 0, right: 1, bottom: 1).isFinite)
  }
}
