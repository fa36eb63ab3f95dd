import Testing
import Training

@Suite struct ClassCountsTests {
  @Test func classesOfNothingAndOfFewAreNamed() {
    let names = (0..<9).map { "c\($0)" }
    #expect(ClassCounts(names, [10, 11, 10, 99, 10, 10, 10, 10, 10], of: "images").notes.isEmpty)
    #expect(
      ClassCounts(names, [0, 3, 1, 10, 9, 2, 4, 5, 0], of: "images").notes == [
        "no images to learn from of: c0, c8", "few images of: c2 (1), c5 (2), c1 (3), c6 (4), c7 (5) and 1 more",
      ])
  }
}
