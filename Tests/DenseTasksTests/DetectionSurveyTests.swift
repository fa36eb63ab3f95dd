import DenseAnnotations
import DenseTasks
import Foundation
import Testing

@Suite struct DetectionSurveyTests {
  /// A file of images of 640 by 480, and one of 31 by 200, with boxes `[image, left, top, width, height, iscrowd, class]`.
  private func dataset(_ boxes: [[Double]]) throws -> COCODataset {
    let url = FileManager.default.temporaryDirectory.appending(path: "survey-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: url) }
    let annotations = boxes.enumerated().map { id, box in
      """
      {"id":\(id),"image_id":\(Int(box[0])),"bbox":\(Array(box[1...4])),"iscrowd":\(Int(box[5])),\
      "category_id":\(Int(box[6]))}
      """
    }
    let json = """
      {"images":[{"id":1,"file_name":"1.jpg","width":640,"height":480},{"id":2,"file_name":"2.jpg","width":31,"height":200}],
      "categories":[{"id":1,"name":"cat"},{"id":2,"name":"dog"}],"annotations":[\(annotations.joined(separator: ","))]}
      """
    try Data(json.utf8).write(to: url)
    return try COCODataset(url)
  }

  private func notes(_ boxes: [[Double]], emptyImages: Bool = true, short: Int = 480) throws -> [String] {
    let dataset = try dataset(boxes)
    var augmentation = DetectionAugmentation()
    (augmentation.shortSides, augmentation.longSide, augmentation.cropProbability) = ([short], 2000, 0)
    let survey = try DetectionSurvey(
      dataset, images: dataset.trainingImages(emptyImages: emptyImages), augmentation: augmentation,
      proposals: RegionProposalNetwork.Config())
    return survey.notes
  }

  private func refusal(_ boxes: [[Double]], emptyImages: Bool = true) -> String {
    do { return "accepted: \(try notes(boxes, emptyImages: emptyImages))" } catch { return "\(error)" }
  }

  private static let good: [[Double]] = (0..<10).flatMap { number in
    [1, 2].map { [1, 10 * Double(number), 10, 50, 60, 0, $0] }
  }

  @Test func whatIsLearnedIsCounted() throws {
    #expect(try notes(Self.good)[0] == "20 objects of 2 classes")
    let some = Self.good + [[1, 5, 5, 0.9, 40, 0, 1], [1, 5, 5, 40, 40, 1, 1], [2, 5, 5, 20, 40, 0, 1]]
    #expect(
      try notes(some) == [
        "20 objects of 2 classes",
        "not learned: 1 marked as crowds, 1 narrower or lower than a pixel, 1 on images that are left out",
        "images left out: 1 with a side below 32 pixels (enlarge them, boxes too)",
      ])
  }

  @Test func classesOfFewObjectsAreNamed() throws {
    let notes = try notes([[1, 5, 5, 50, 50, 0, 2], [1, 5, 5, 0.5, 50, 0, 1]])
    #expect(notes.contains("no objects to learn from of: cat") && notes.contains("few objects of: dog (1)"), "\(notes)")
  }

  @Test func nothingToLearnFromIsRefused() throws {
    #expect(
      refusal([[1, 5, 5, 0.5, 50, 0, 1], [1, 5, 5, 60, 50, 1, 1]]).contains(
        "has nothing to learn from: of its 2 objects, 1 marked as crowds, 1 narrower or lower than a pixel"))
    let crowds = refusal([[1, 5, 5, 60, 50, 1, 1]], emptyImages: false)
    #expect(crowds.contains("none of its 2 images can be trained on"), "\(crowds)")
    #expect(crowds.contains("1 with a side below 32") && crowds.contains("1 with no object but crowds"), "\(crowds)")
  }

  /// Anchors are 32 pixels at least: of 16 × 16, an object covers a quarter at most, and 0.3 is asked for.
  @Test func objectsThatNoAnchorMatchesAreCounted() throws {
    let small: [[Double]] = [[1, 5, 5, 16, 16, 0, 1], [1, 5, 5, 400, 5, 0, 1]]
    let text = "2 of 22 objects are smaller or longer than any anchor matches"
    #expect(try notes(Self.good + small).contains { $0.hasPrefix(text) })
    #expect(try !notes(Self.good + [small[0]], short: 960).contains { $0.contains("anchor") })
    #expect(refusal(small).contains("nothing to learn from: 2 of 2 objects are smaller"))
    #expect(refusal(small).contains("detector.proposals.anchors.scale"))
  }

  @Test func boxesByTheirCornersAreAskedAbout() throws {
    let corners: [[Double]] = [[1, 300, 300, 400, 400, 0, 1], [1, 500, 20, 600, 100, 0, 1]]
    #expect(try notes(corners).contains { $0.contains("2 of 2 boxes reach beyond their image") })
    #expect(try !notes(Self.good + corners).contains { $0.contains("beyond their image") })
  }
}
