import DenseTasks
import ImageLoading
import Testing
import Torch

@Suite struct NonMaximumSuppressionTests {
  @Test func aThousandBoxesWithTies() throws {
    let golden = try golden("dense/boxes")
    let many = boxes(golden["many"]!)
    let scores = golden["scores"]!.array(of: Float.self)
    let groups = golden["groups"]!.array(of: Int.self)
    let kept = NonMaximumSuppression(threshold: 0.5).keep(many, scores: scores, groups: groups)
    #expect(kept == golden["kept"]!.array(of: Int.self))
    let together = NonMaximumSuppression(threshold: 0.7).keep(many, scores: scores)
    #expect(together == golden["kept_together"]!.array(of: Int.self))
    let limited = NonMaximumSuppression(threshold: 0.5).keep(many, scores: scores, groups: groups, limit: 100)
    #expect(limited == Array(kept.prefix(100)))
  }

  @Test func anOverlapOfJustTheThresholdIsKept() {
    let first = Box(left: 0, top: 0, right: 10, bottom: 10)
    let half = Box(left: 0, top: 0, right: 10, bottom: 5)
    #expect(NonMaximumSuppression(threshold: 0.5).keep([first, half], scores: [1, 0.5]) == [0, 1])
    #expect(NonMaximumSuppression(threshold: 0.49).keep([first, half], scores: [1, 0.5]) == [0])
    #expect(NonMaximumSuppression(threshold: 0.49).keep([first, half], scores: [1, 1], groups: [0, 1]) == [0, 1])
    #expect(NonMaximumSuppression(threshold: 0.5).keep([], scores: []) == [])
  }
}
