import DenseAnnotations
import Foundation
import TestSupport
import Testing

@Suite struct COCOResultsTests {
  let folder: TemporaryFolder
  let dataset: COCODataset

  init() throws {
    folder = try TemporaryFolder()
    dataset = try COCODataset(
      folder.write(
        """
        {"images":[{"id":12,"file_name":"a.jpg","width":8,"height":6}],"categories":[{"id":7,"name":"a"}],
        "annotations":[{"id":1,"image_id":12,"category_id":7,"bbox":[0,0,4,4]}]}
        """, to: "instances.json"))
  }

  private func refusal(_ text: String) throws -> String {
    let file = try folder.write(text, to: "results.json")
    return message { _ = try COCOResults.read(file, of: dataset) } ?? "accepted"
  }

  @Test func writesWhatCOCOReads() throws {
    let mask = RunLengthMask(polygon: [1, 1, 7, 2, 3, 6], height: 6, width: 8)
    let box = BoundingBox(left: 0.5, top: 1, width: 2, height: 1e-7)
    let detections = [
      COCODetection(image: 0, category: 0, score: 0.25, box: box, mask: mask),
      COCODetection(image: 0, category: 0, score: 1, box: box, mask: mask),
    ]
    let file = folder.url.appending(path: "out.json")
    try COCOResults.write(detections, .boxes, of: dataset, to: file)
    #expect(
      try String(contentsOf: file, encoding: .utf8) == """
        [
        {"image_id":12,"category_id":7,"bbox":[0.5,1.0,2.0,1e-07],"score":0.25},
        {"image_id":12,"category_id":7,"bbox":[0.5,1.0,2.0,1e-07],"score":1.0}
        ]

        """)
    try COCOResults.write([], .boxes, of: dataset, to: file)
    #expect(try COCOResults.read(file, of: dataset).isEmpty)
    try COCOResults.write(detections, .masks, of: dataset, to: file)
    #expect(try COCOResults.read(file, of: dataset).map(\.mask) == [mask, mask])
  }

  @Test func idsBeyondWhatADoubleHoldsAreWrittenAsTheyAre() throws {
    let id = 4_611_686_018_427_387_909
    let json = try folder.write(
      """
      {"images":[{"id":\(id),"file_name":"a.jpg","width":8,"height":6}],"categories":[{"id":\(id + 2),"name":"a"}],
      "annotations":[{"id":1,"image_id":\(id),"category_id":\(id + 2),"bbox":[0,0,4,4]}]}
      """, to: "large.json")
    let file = folder.url.appending(path: "out.json")
    let box = BoundingBox(left: 0, top: 0, width: 4, height: 4)
    let found = [COCODetection(image: 0, category: 0, score: 1, box: box)]
    let large = try COCODataset(json)
    try COCOResults.write(found, .boxes, of: large, to: file)
    #expect(try String(contentsOf: file, encoding: .utf8).contains("\"image_id\":\(id),\"category_id\":\(id + 2),"))
    #expect(try COCOResults.read(file, of: large) == found)
  }

  /// A backslash is one of the characters of compressed masks, and must be escaped in JSON.
  @Test func backslashesInMasksSurvive() throws {
    let json = try folder.write(
      """
      {"images":[{"id":12,"file_name":"a.jpg","width":60,"height":60}],"categories":[{"id":7,"name":"a"}],
      "annotations":[{"id":1,"image_id":12,"category_id":7,"bbox":[0,0,4,4]}]}
      """, to: "large.json")
    let large = try COCODataset(json)
    // 44 = 0b01100 with more to come, which is the character 92, then 1.
    let mask = try RunLengthMask(counts: [44, 3556], height: 60, width: 60)
    #expect(mask.compressed.first == "\\")
    let file = folder.url.appending(path: "out.json")
    let detection = COCODetection(image: 0, category: 0, score: 1, box: mask.boundingBox, mask: mask)
    try COCOResults.write([detection], .masks, of: large, to: file)
    #expect(try COCOResults.read(file, of: large).map(\.mask) == [mask])
    let list = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [[String: Any]])
    let segmentation = try #require(list[0]["segmentation"] as? [String: Any])
    #expect(segmentation["counts"] as? String == mask.compressed)
  }

  @Test func nothingIsWrittenOfWhatCannotBe() throws {
    let file = folder.url.appending(path: "out.json")
    let box = BoundingBox(left: 0, top: 0, width: 1, height: 1)
    func refusal(_ detection: COCODetection, _ kind: COCOResults.Kind) -> String {
      message { try COCOResults.write([detection], kind, of: dataset, to: file) } ?? "accepted"
    }
    #expect(refusal(COCODetection(image: 0, category: 0, score: 1, box: box), .masks).contains("a box and no mask"))
    #expect(
      refusal(COCODetection(image: 0, category: 0, score: .infinity, box: box), .boxes).contains("score in a.jpg"))
    var broken = box
    broken.width = .nan
    #expect(
      refusal(COCODetection(image: 0, category: 0, score: 1, box: broken), .boxes).contains("not of finite numbers"))
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }

  @Test func resultsThatDoNotBelongAreNamed() throws {
    let head = #"[{"image_id":12,"category_id":7,"score":0.5,"bbox":[0,0,1,1]},{"score":0.5,"#
    #expect(try refusal("{}").contains("no JSON array"))
    #expect(try refusal(#"[{"score":"0.5"}]"#).contains("results.json: [0].score is a string, not a number (line 1)"))
    #expect(
      try refusal(head + #""image_id":13,"category_id":7,"bbox":[0,0,1,1]}]"#).contains("result 2 is of image 13"))
    #expect(
      try refusal(head + #""image_id":12,"category_id":8,"bbox":[0,0,1,1]}]"#).contains("result 2 is of category 8"))
    #expect(try refusal(head + #""image_id":12,"category_id":7}]"#).contains("neither bbox nor segmentation"))
    #expect(try refusal(head + #""image_id":12,"bbox":[0,0,1,1]}]"#).contains("lacks image_id, category_id or score"))
    #expect(try refusal(head + #""image_id":12,"category_id":7,"bbox":[0,0,1]}]"#).contains("not four finite numbers"))
    #expect(try refusal(#"[{"image_id":12,"category_id":7,"score":NaN,"bbox":[0,0,1,1]}]"#).contains("not finite"))
    let mask = #""image_id":12,"category_id":7,"segmentation":"#
    #expect(try refusal(head + mask + #"{"size":[6,8],"counts":[40]}}]"#).contains("add up to 40, not to the 48"))
    #expect(try refusal(head + mask + #"{"size":[8,6],"counts":[48]}}]"#).contains("mask of size [8, 6]"))
    #expect(try refusal(head + mask + #"{"size":[6,8],"counts":[48]}}]"#).contains("unlike those before it"))
    #expect(try refusal(head + mask + "[[1,2,3,4,5,6]]}]").contains("results have run lengths"))
  }
}
