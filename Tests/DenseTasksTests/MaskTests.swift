import DenseTasks
import ImageLoading
import Testing
import Torch

@Suite struct MaskTargetsTests {
  @Test func targetsAreTheMaskCutOutAndResampled() throws {
    let golden = try golden("dense/regions")
    let mask = bitmap(golden["mask"]!)
    let found = boxes(golden["mask_boxes"]!).flatMap { MaskTargets().target(mask, in: $0) }
    let wanted = golden["mask_targets"]!.array(of: Float.self)
    let near = golden["mask_near"]!.array(of: Bool.self)
    #expect(found.indices.allSatisfy { found[$0] == wanted[$0] || near[$0] })
    #expect(found.count == wanted.count && near.count { $0 } < 20)
  }

  @Test func aBoxOutsideTheMaskShowsNothing() {
    let mask = Bitmap(height: 4, width: 4, pixels: [UInt8](repeating: 1, count: 16))
    let outside = MaskTargets().target(mask, in: Box(left: 20, top: 20, right: 30, bottom: 30))
    #expect(outside == [Float](repeating: 0, count: 784))
    let inside = MaskTargets().target(mask, in: Box(left: 1, top: 1, right: 3, bottom: 3))
    #expect(inside == [Float](repeating: 1, count: 784))
  }
}

@Suite struct MaskPastingTests {
  @Test func masksArePastedAsByGridSampling() throws {
    let golden = try golden("dense/regions")
    let maps = golden["paste_maps"]!.unbound(0).map { $0.array(of: Float.self) }
    let found = zip(maps, boxes(golden["paste_boxes"]!)).flatMap { map, box in
      MaskPasting.paste(map, side: 28, in: box, height: 60, width: 80).pixels
    }
    let wanted = golden["pasted"]!.array(of: UInt8.self)
    let near = golden["pasted_near"]!.array(of: Bool.self)
    #expect(found.count == wanted.count && near.count { $0 } < 20)
    #expect(found.indices.allSatisfy { found[$0] == wanted[$0] || near[$0] })
    #expect(wanted.contains(1))
  }

  @Test func aBoxWithoutAreaOrOutsideLeavesNothing() {
    let map = [Float](repeating: 1, count: 784)
    for box in [
      Box(left: 5, top: 5, right: 5, bottom: 9), Box(left: 50, top: 50, right: 60, bottom: 60),
      Box(left: .nan, top: 0, right: 1, bottom: 1),
    ] {
      #expect(MaskPasting.paste(map, side: 28, in: box, height: 10, width: 10).area == 0)
    }
    let detection = Detection(box: Box(left: 2, top: 3, right: 6, bottom: 9), label: 0, score: 1, mask: map)
    #expect(detection.bitmap(height: 10, width: 10)?.area == 24)
    #expect(detection.scaled(horizontally: 0.5, vertically: 1).bitmap(height: 10, width: 10)?.area == 12)
  }
}
