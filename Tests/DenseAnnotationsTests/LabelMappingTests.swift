import DenseAnnotations
import Foundation
import ImageCoding
import TestSupport
import Testing

@Suite struct LabelMappingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Writes images with label maps of 3 by 2.
  private func write(_ maps: [[UInt8]], classes: String) throws {
    try folder.write(classes, to: "classes.txt")
    let pixels = PixelImage(width: 3, height: 2, pixels: [UInt8](repeating: 7, count: 18))
    for (number, values) in maps.enumerated() {
      try folder.write(ImageEncoder.jpeg(pixels), to: "images/training/\(number).jpg")
      try folder.write(ImageEncoder.png(grey: values, width: 3, height: 2), to: "annotations/training/\(number).png")
    }
  }

  private func open(_ mapping: LabelMapping = .oneBased) throws -> ADEFolder {
    try ADEFolder(folder.url, split: "training", labelMap: mapping)
  }

  /// What stops training on the folder; nil where nothing does.
  private func refusal(_ mapping: LabelMapping? = nil) throws -> String? {
    let data = try open(mapping ?? .oneBased)
    return message { try data.checkLearnable(data.survey(), isMappingGiven: mapping != nil) }
  }

  private static let masks: [[UInt8]] = [[0, 0, 255, 0, 0, 0], [0, 0, 0, 0, 255, 255]]

  @Test func textsAndGroupsAreRead() throws {
    for (text, mapping) in [
      ("one-based", LabelMapping.oneBased), ("zero-based", .zeroBased), ("0: 1, 255: 2", .table([0: 1, 255: 2])),
      ("{255:2,0:1}", .table([0: 1, 255: 2])),
    ] {
      #expect(LabelMapping(text) == mapping)
      #expect(LabelMapping(mapping.description) == mapping)
      #expect(try JSONDecoder().decode(LabelMapping.self, from: JSONEncoder().encode(mapping)) == mapping)
    }
    #expect(
      try JSONDecoder().decode(LabelMapping.self, from: Data(#"{"0":1,"255":2}"#.utf8)) == .table([0: 1, 255: 2]))
    for text in ["", "{}", "twobased", "0", "0: 1, 0: 2", "256: 1", "0: -1", "0: 1:2", "a: 1"] {
      #expect(LabelMapping(text) == nil, "\(text)")
    }
  }

  @Test func valuesStandForClasses() throws {
    try write([[0, 1, 2, 255, 1, 0]], classes: "ground\nred\ngreen")
    #expect(try open().labels(0).values == [255, 0, 1, 255, 0, 255])
    #expect(try open(.zeroBased).labels(0).values == [0, 1, 2, 255, 1, 0])
    let table = LabelMapping.table([0: 3, 1: 0, 2: 1, 255: 2])
    #expect(try open(table).labels(0).values == [2, 255, 0, 1, 255, 2])
    for (mapping, values) in [(LabelMapping.oneBased, [1, 2, 3]), (.zeroBased, [0, 1, 2]), (table, [2, 255, 0])] {
      #expect((0..<3).map { mapping.value(of: $0) } == values.map(UInt8.init))
    }
  }

  @Test func valuesThatStandForNothingAreNamed() throws {
    try write([[0, 1, 2, 3, 1, 0]], classes: "ground\nred")
    func refusal(_ mapping: LabelMapping) throws -> String {
      let data = try open(mapping)
      #expect(message { _ = try data.survey() }?.contains("0.png holds the value") == true)
      return message { _ = try data.labels(0) } ?? "accepted"
    }
    #expect(try refusal(.oneBased).contains("holds the value 3, and there are 2 classes"))
    #expect(try refusal(.zeroBased).contains("holds the value 2, and there are 2 classes, 0 the first"))
    #expect(try refusal(.table([0: 1, 1: 2, 2: 0])).contains("holds the value 3, which data.labelMap does not name"))
    #expect(message { _ = try open(.table([0: 1, 1: 3])) }?.contains("has 1: 3, and 2 classes are listed") == true)
    #expect(message { _ = try open(.table([0: 1])) }?.contains("no value for class 2, 'red'") == true)
  }

  @Test func masksOf0And255LeaveNothingToLearn() throws {
    try write(Self.masks, classes: "object")
    let text = try #require(try refusal())
    #expect(text.contains("the label maps hold 0 (75 %) and 255 (25 %), and all of that is ignored"), "\(text)")
    #expect(text.contains("List 2 classes") && text.contains("--label-map \"0: 1, 255: 2\""), "\(text)")
    try write(Self.masks, classes: "background\nobject")
    #expect(try refusal()?.contains("Say --label-map \"0: 1, 255: 2\"") == true)
    let mapping = LabelMapping.table([0: 1, 255: 2])
    #expect(try refusal(mapping) == nil)
    let survey = try open(mapping).survey()
    #expect(survey.pixels == [9, 3] && survey.maps == [2, 2] && survey.isComplete)
    let data = try open()
    #expect(message { try data.checkMeasurable(data.survey()) }?.contains("nothing to be judged by") == true)
  }

  @Test func masksOf0And1OfOneClassLeaveNothingToLearn() throws {
    try write([[0, 1, 1, 0, 0, 0]], classes: "object")
    let text = try #require(try refusal())
    #expect(text.contains("all pixels that count are of one class, 'object'"), "\(text)")
    #expect(text.contains("List 2 classes") && text.contains("--zero-based"), "\(text)")
    try write([[0, 1, 1, 0, 0, 0]], classes: "ground\nred")
    #expect(try refusal()?.contains("Say --zero-based if 0 is the first class") == true)
    #expect(try refusal(.zeroBased) == nil)
  }

  /// The first class would be taken for nothing, and every other one for the class before it.
  @Test func labelsThatSeemToStartAtZeroAreAskedAbout() throws {
    try write([[0, 1, 1, 2, 2, 0]], classes: "ground\nred\ngreen")
    let text = try #require(try refusal())
    #expect(text.contains("never 3, the last class, 'green'") && text.contains("say --zero-based"), "\(text)")
    #expect(text.contains("--label-map one-based"))
    #expect(try refusal(.oneBased) == nil)
    #expect(try refusal(.zeroBased) == nil)
    try write([[0, 1, 1, 2, 2, 3]], classes: "ground\nred\ngreen")
    #expect(try refusal() == nil)
  }

  @Test func ofManyMapsSomeAreLookedAt() throws {
    try write([[UInt8]](repeating: [1, 2, 1, 1, 1, 1], count: 300), classes: "ground\nred")
    let survey = try open().survey()
    #expect(survey.mapCount == 256 && survey.totalCount == 300 && !survey.isComplete)
    #expect(survey.maps == [256, 256])
    // Where nothing is found, the others are looked at too.
    try write([[UInt8]](repeating: [0, 0, 0, 0, 0, 255], count: 300), classes: "ground\nred")
    #expect(try open().survey().isComplete)
  }
}
