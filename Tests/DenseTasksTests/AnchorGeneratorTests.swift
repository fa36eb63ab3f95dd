import DenseTasks
import ImageLoading
import Testing
import Torch
import VisionModels

@Suite struct AnchorGeneratorTests {
  private let shapes = [(24, 32), (12, 16), (6, 8), (3, 4), (2, 2)].map { PatchGrid(rows: $0.0, columns: $0.1) }

  @Test func anchorsAreThoseOfTheDefinition() throws {
    let golden = try golden("dense/boxes")
    let anchors = AnchorGenerator().anchors(shapes: shapes)
    let all = anchors.boxes
    #expect(difference(tensor(all), golden["anchors"]) < 1e-4)
    for index in [0, 1, 2, 95, 96, 2303, 2304, 3000, anchors.count - 1] { #expect(anchors[index] == all[index]) }
    // Stride 4, half as high as wide: 32 · √2 by 32 / √2.
    #expect(abs(all[0].width - 45.2548) < 1e-3 && abs(all[0].height - 22.6274) < 1e-3)
  }

  @Test func anAnchorIsValidWhereItsImageIs() throws {
    let golden = try golden("dense/boxes")
    let anchors = AnchorGenerator().anchors(shapes: shapes)
    var flags = [UInt8](repeating: 0, count: anchors.count)
    for index in anchors.validRanges(in: ImageSize(height: 64, width: 128)).joined() { flags[index] = 1 }
    #expect(flags == golden["valid"]!.array(of: UInt8.self))
  }

  @Test func noAnchorThatMeetsABoxIsLeftOut() throws {
    let golden = try golden("dense/boxes")
    let anchors = AnchorGenerator().anchors(shapes: shapes)
    let size = ImageSize(height: 64, width: 128)
    let all = anchors.boxes
    for box in boxes(golden["proposals"]!) + [Box(left: 500, top: 500, right: 510, bottom: 510)] {
      let near = Set(anchors.ranges(near: box, in: size).joined())
      let valid = anchors.validRanges(in: size).joined()
      #expect(near.isSubset(of: Set(valid)))
      #expect(valid.allSatisfy { near.contains($0) || box.intersectionOverUnion(all[$0]) == 0 })
    }
  }
}
