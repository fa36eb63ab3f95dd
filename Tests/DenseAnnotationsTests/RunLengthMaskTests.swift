import DenseAnnotations
import ImageCoding
import Testing

@Suite struct RunLengthMaskTests {
  let goldens: COCOGoldens

  init() throws { goldens = try COCOGoldens.load() }

  private func bytes(_ rows: [String]) -> [UInt8] { rows.joined().utf8.map { $0 - UInt8(ascii: "0") } }

  @Test func bitmapsBecomePycocotoolsRunsAndBack() throws {
    #expect(goldens.bitmaps.count == 24)
    for expected in goldens.bitmaps {
      let (bitmap, height, width) = (bytes(expected.rows), expected.height, expected.width)
      let mask = RunLengthMask(bitmap: bitmap, height: height, width: width)
      #expect(mask.counts == expected.counts)
      #expect(mask.compressed == expected.compressed)
      #expect(mask.bitmap() == bitmap)
      #expect(try RunLengthMask(compressed: expected.compressed, height: height, width: width) == mask)
      #expect(mask.area == expected.area)
      #expect(mask.boundingBox == BoundingBox(expected.box))
    }
  }

  @Test func polygonsAndBoxesCoverPycocotoolsPixels() throws {
    #expect(goldens.polygons.count == 80)
    for (number, expected) in goldens.polygons.enumerated() {
      let mask = RunLengthMask(polygons: expected.polygons, height: expected.height, width: expected.width)
      #expect(mask.compressed == expected.compressed, "polygon \(number)")
      #expect(mask.area == expected.area)
      #expect(mask.boundingBox == BoundingBox(expected.box))
    }
    for (number, expected) in goldens.boxes.enumerated() {
      let mask = RunLengthMask(box: BoundingBox(expected.box), height: expected.height, width: expected.width)
      #expect(mask.compressed == expected.compressed, "box \(number)")
    }
  }

  @Test func setsAndOverlapsArePycocotools() throws {
    let sets = goldens.sets
    let masks = try sets.masks.map { try RunLengthMask(compressed: $0, height: sets.height, width: sets.width) }
    let boxes = sets.boxes.map { BoundingBox($0) }
    for (row, mask) in masks.enumerated() {
      for (column, other) in masks.enumerated() {
        let cell = row * masks.count + column
        #expect(RunLengthMask.union(of: [mask, other])?.compressed == sets.unions[cell])
        #expect(RunLengthMask.intersection(of: [mask, other])?.compressed == sets.intersections[cell])
        let isCrowd = sets.crowds[column] == 1
        #expect(mask.intersectionOverUnion(other, isCrowd: isCrowd) == sets.overlaps[cell])
        #expect(boxes[row].intersectionOverUnion(boxes[column], isCrowd: isCrowd) == sets.boxOverlaps[cell])
      }
    }
    #expect(RunLengthMask.union(of: masks.prefix(5))?.compressed == sets.union)
    #expect(RunLengthMask.union(of: []) == nil)
  }

  @Test func aRegionIsPastedIntoTheImage() throws {
    var draws = IntegerDraws(state: 5)
    for _ in 0..<200 {
      let (height, width) = (1 + draws.below(9), 1 + draws.below(9))
      let (left, top) = (draws.below(width), draws.below(height))
      let region = CropBox(
        left: left, top: top, width: 1 + draws.below(width - left), height: 1 + draws.below(height - top))
      let bitmap = (0..<region.width * region.height).map { _ in UInt8(draws.below(4) == 0 ? 0 : 1) }
      var whole = [UInt8](repeating: 0, count: height * width)
      for (place, value) in bitmap.enumerated() {
        whole[(top + place / region.width) * width + left + place % region.width] = value
      }
      let mask = RunLengthMask(bitmap: bitmap, region: region, height: height, width: width)
      #expect(mask == RunLengthMask(bitmap: whole, height: height, width: width))
      #expect(mask.bitmap() == whole)
    }
  }

  /// Runs that are empty in the middle are allowed in files; they change nothing but their own string.
  @Test func emptyRunsInTheMiddleChangeNothing() throws {
    let loose = try RunLengthMask(counts: [2, 3, 0, 2, 5], height: 4, width: 3)
    let tight = try RunLengthMask(counts: [2, 5, 5], height: 4, width: 3)
    #expect(loose.bitmap() == tight.bitmap())
    #expect(loose.boundingBox == tight.boundingBox)
    #expect(loose.area == 5)
    #expect(loose.intersectionOverUnion(tight) == 1)
    #expect(RunLengthMask.union(of: [loose, tight]) == tight)
    #expect(try RunLengthMask(compressed: loose.compressed, height: 4, width: 3) == loose)
  }

  @Test func wrongRunsAreRefused() {
    #expect(
      message { _ = try RunLengthMask(counts: [3, 4], height: 4, width: 2) }
        == "its run lengths add up to 7, not to the 8 pixels of 4 x 2")
    #expect(message { _ = try RunLengthMask(counts: [], height: 0, width: 2) }?.contains("0 pixels high") == true)
    for (text, part) in [
      ("~", "none of their characters"), ("zé", "none of their characters"), ("o", "in the middle"),
      ("L", "length -4"), ("ooooooooo0", "none of their characters or numbers"), ("14", "add up to 5"),
    ] {
      let text2 = message { _ = try RunLengthMask(compressed: text, height: 4, width: 2) }
      #expect(text2?.contains(part) == true, "\(text): \(text2 ?? "accepted")")
    }
  }
}
