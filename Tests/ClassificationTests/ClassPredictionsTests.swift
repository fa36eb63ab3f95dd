import Classification
import Foundation
import ImageData
import Testing

@Suite struct ClassPredictionsTests {
  private func predictions(labelled: Bool) -> ClassPredictions {
    func image(_ name: String, _ guesses: [(String, Float)], _ label: String?) -> ClassPredictions.Image {
      ClassPredictions.Image(
        name: name, guesses: guesses.map { ClassPredictions.Guess(name: $0.0, probability: $0.1) },
        label: labelled ? label : nil)
    }
    return ClassPredictions(
      images: [
        image("a, b.png", [("cat", 0.75), ("dog", 0.25)], "cat"), image("cut.png", [], "dog"),
        image("c.png", [("dog", 0.5), ("cat", 0.5)], "cat"), image("d.png", [("cat", 1), ("dog", 0)], nil),
      ], skipped: [SkippedImage(index: 1, name: "cut.png", reason: "is cut")])
  }

  @Test func tablesHaveALineForEveryImage() {
    #expect(
      String(decoding: predictions(labelled: false).csv(), as: UTF8.self) == """
        path,class,probability,class_2,probability_2
        "a, b.png",cat,0.750000,dog,0.250000
        cut.png,,,,
        c.png,dog,0.500000,cat,0.500000
        d.png,cat,1.000000,dog,0.000000

        """)
    let lines = String(decoding: predictions(labelled: true).csv(), as: UTF8.self).split(separator: "\n")
    #expect(lines[0].hasSuffix(",label") && lines[1].hasSuffix(",cat") && lines[2] == "cut.png,,,,,dog")
    #expect(lines[4].hasSuffix(",0.000000,"))
  }

  @Test func linesOfJSONSayWhyAnImageHasNoClass() throws {
    let lines = String(decoding: try predictions(labelled: true).jsonLines(), as: UTF8.self).split(separator: "\n")
    #expect(
      lines[0] == """
        {"class":"cat","guesses":[{"class":"cat","probability":0.75},{"class":"dog","probability":0.25}],\
        "label":"cat","path":"a, b.png","probability":0.75}
        """)
    #expect(
      lines[1]
        == #"{"class":null,"guesses":[],"label":"dog","path":"cut.png","probability":null,"reason":"is cut"}"#)
    #expect(lines.count == 4)
  }

  @Test func countsAccuracyAndDoubt() {
    let labelled = predictions(labelled: true)
    #expect(labelled.accuracy == 0.5 && predictions(labelled: false).accuracy == nil)
    #expect(labelled.counts.map(\.name) == ["cat", "dog"] && labelled.counts.map(\.count) == [2, 1])
    #expect(labelled.leastCertain(2) == [2, 0])
  }
}
