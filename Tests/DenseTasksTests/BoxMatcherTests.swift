import DenseTasks
import ImageLoading
import Testing
import Torch
import VisionModels

@Suite struct BoxMatcherTests {
  /// Every candidate's true box, -1 for negatives, `rest` for those left out.
  private func assigned(_ matches: BoxMatcher.Matches, count: Int, rest: Int) -> [Int] {
    var result = [Int](repeating: rest, count: count)
    for index in matches.negatives { result[index] = -1 }
    for (index, truth) in zip(matches.positives, matches.truths) { result[index] = truth }
    return result
  }

  @Test func anchorsAreMatchedAsDefined() throws {
    let golden = try golden("dense/boxes")
    let shapes = [(24, 32), (12, 16), (6, 8), (3, 4), (2, 2)].map { PatchGrid(rows: $0.0, columns: $0.1) }
    let anchors = AnchorGenerator().anchors(shapes: shapes)
    let matches = BoxMatcher.anchors.match(
      anchors, boxes: anchors.boxes, in: ImageSize(height: 64, width: 128), to: boxes(golden["truths"]!))
    // Anchors outside the image are -3 in the golden, those between the thresholds -2; both take no part.
    let wanted = golden["assigned"]!.array(of: Int.self).map { max($0, -2) }
    #expect(assigned(matches, count: anchors.count, rest: -2) == wanted)
    #expect(wanted.contains(-2) && Set(wanted).count > 4)
  }

  @Test func proposalsAreMatchedAsDefined() throws {
    let golden = try golden("dense/boxes")
    let proposals = boxes(golden["proposals"]!)
    let matches = BoxMatcher.proposals.match(proposals, to: boxes(golden["truths"]!))
    #expect(
      assigned(matches, count: proposals.count, rest: -2) == golden["assigned_proposals"]!.array(of: Int.self))
  }

  @Test func aTruthTakesItsBestCandidatesThoughTheyOverlapAnotherMore() {
    // Both candidates overlap the first truth by more, but they are the best that the second has.
    let candidate = Box(left: 0, top: 0, right: 10, bottom: 10)
    let truths = [candidate, Box(left: 0, top: 0, right: 10, bottom: 15)]
    let matches = BoxMatcher.proposals.match([candidate, candidate], to: truths)
    #expect(matches.positives == [0, 1] && matches.truths == [1, 1])
  }

  @Test func withoutTruthsAllAreNegative() {
    let matches = BoxMatcher.anchors.match([Box(left: 0, top: 0, right: 1, bottom: 1)], to: [])
    #expect(matches == BoxMatcher.Matches(positives: [], truths: [], negatives: [0]))
  }
}
