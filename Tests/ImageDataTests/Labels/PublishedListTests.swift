import Foundation
import TestSupport
import Testing

@Suite struct ImageNetListTests {
  private let list = "n01440764_10026.JPEG\nn01443537_7.JPEG\nn01440764_2.JPEG\n"
  private let images = [
    "n01440764/n01440764_10026.JPEG", "n01443537/n01443537_7.JPEG", "n01440764/n01440764_2.JPEG",
  ]

  @Test(arguments: ["1percent.txt", "lists/1percent.txt", "train/1percent.txt"])
  func imagesAreFoundByTheirSynset(place: String) throws {
    let folder = try TemporaryFolder()
    try folder.touch(images.map { "train/" + $0 })
    try folder.write(list, to: place)
    let dataset = try folder.labelled(place)
    #expect(dataset.classNames == ["n01440764", "n01443537"])
    #expect((0..<3).map { dataset.label(of: $0) } == [0, 1, 0])
    #expect(try (0..<3).map { try dataset.withBytes(of: $0) { $0.count } } == [1, 1, 1])
  }

  @Test func imagesBesideTheListNeedNoFolders() throws {
    let folder = try TemporaryFolder()
    try folder.touch(["n01440764_10026.JPEG", "n01443537_7.JPEG", "n01440764_2.JPEG"])
    try folder.write(list, to: "some.txt")
    #expect(
      folder.entries(try folder.labelled("some.txt")) == [
        "n01440764_10026.JPEG=n01440764", "n01443537_7.JPEG=n01443537", "n01440764_2.JPEG=n01440764",
      ])
  }

  @Test func missingImagesAreExplained() throws {
    let folder = try TemporaryFolder()
    try folder.write(list, to: "1percent.txt")
    #expect(folder.message("1percent.txt").contains("class folders"))
    try folder.touch(["train/" + images[0], "train/" + images[1]])
    let dataset = try folder.labelled("1percent.txt")
    #expect(dataset.count == 2)
    #expect(dataset.problems.count == 1)
  }
}

@Suite struct Food101ListTests {
  @Test func listsNameTheParts() throws {
    let folder = try TemporaryFolder()
    try folder.touch(["food/images/apple_pie/1005649.jpg", "food/images/waffles/2.jpg", "food/images/waffles/3.jpg"])
    try folder.write("apple_pie/1005649\nwaffles/2\n", to: "food/meta/train.txt")
    try folder.write("waffles/3\n", to: "food/meta/test.txt")
    let train = try folder.labelled("food/meta/train.txt")
    #expect(train.classNames == ["apple_pie", "waffles"])
    #expect((0..<2).map { train.label(of: $0) } == [0, 1])
    #expect(try train.withBytes(of: 1) { $0.count } == 1)
    let test = try folder.labelled("food/meta/test.txt", classNames: train.classNames)
    #expect(test.label(of: 0) == 1)
    // The whole folder would make a class 'images' of everything.
    #expect(folder.message("food").contains("meta/train.txt"))
    try folder.write("apple_pie/1005649\nwaffles\n", to: "food/meta/train.txt")
    #expect(folder.message("food/meta/train.txt").contains("have no class"))
  }
}

@Suite struct DomainNetListTests {
  @Test func classesAreNamedAsTheirFolders() throws {
    let folder = try TemporaryFolder()
    let images = ["clipart/zebra/clipart_345_1.jpg", "clipart/aircraft carrier/clipart_001_1.jpg"]
    try folder.touch(images)
    try folder.write("\(images[0]) 344\n\(images[1]) 0\n", to: "clipart_train.txt")
    let dataset = try folder.labelled("clipart_train.txt")
    #expect(folder.entries(dataset) == ["\(images[0])=zebra", "\(images[1])=aircraft carrier"])
    #expect(dataset.classNames == ["aircraft carrier", "zebra"])
  }

  @Test func numbersMustAgreeWithNames() throws {
    let folder = try TemporaryFolder()
    try folder.touch(["clipart/a/1.jpg", "clipart/b/2.jpg"])
    try folder.write("clipart/a/1.jpg 0\nclipart/b/2.jpg 0\n", to: "clipart_train.txt")
    #expect(folder.message("clipart_train.txt").contains("line 2: class 0 is 'b'"))
  }
}

@Suite struct INaturalistFileTests {
  private func text(annotations: String, categories: String?) -> String {
    let images = #"{"id": 10, "file_name": "a/1.jpg", "width": 5}, {"id": 20, "file_name": "a/2.jpg"}"#
    let names = categories.map { #", "categories": [\#($0)]"# } ?? ""
    return #"{"info": {}, "images": [\#(images)], "annotations": [\#(annotations)]\#(names)}"#
  }

  private let both = #"{"id": 1, "image_id": 20, "category_id": 3}, {"id": 2, "image_id": 10, "category_id": 12}"#

  @Test func annotationsGiveClasses() throws {
    let folder = try TemporaryFolder()
    try folder.touch(["a/1.jpg", "a/2.jpg"])
    let names = #"{"id": 3, "name": "Vulpes"}, {"id": 12, "name": "Lynx"}, {"id": 4, "name": "Apis"}"#
    try folder.write(text(annotations: both, categories: names), to: "train2019.json")
    #expect(folder.entries(try folder.labelled("train2019.json")) == ["a/1.jpg=Lynx", "a/2.jpg=Vulpes"])
    try folder.write(text(annotations: both, categories: nil), to: "train2019.json")
    let plain = try folder.labelled("train2019.json")
    #expect(folder.entries(plain) == ["a/1.jpg=12", "a/2.jpg=3"])
    #expect(plain.classNames == ["3", "12"])
  }

  /// Ids that are one number in `Double`, and texts.
  @Test func idsAreExact() throws {
    let folder = try TemporaryFolder()
    try folder.touch(["1.jpg", "2.jpg", "3.jpg"])
    let ids = ["9007199254740993", "9007199254740992", "\"9007199254740992\""]
    let images = ids.enumerated().map { "{\"id\": \($1), \"file_name\": \"\($0 + 1).jpg\"}" }
    let annotations = ids.enumerated().map { "{\"image_id\": \($1), \"category_id\": \($0)}" }
    try folder.write(
      "{\"images\": [\(images.joined(separator: ","))], \"annotations\": [\(annotations.joined(separator: ","))]}",
      to: "train.json")
    #expect(folder.entries(try folder.labelled("train.json")) == ["1.jpg=0", "2.jpg=1", "3.jpg=2"])
  }

  @Test func annotationsWithoutImagesAreCounted() throws {
    let folder = try TemporaryFolder()
    try folder.touch(["a/1.jpg", "a/2.jpg"])
    let more = both + #", {"id": 3, "image_id": 99, "category_id": 3}"#
    try folder.write(text(annotations: more, categories: nil), to: "train.json")
    let dataset = try folder.labelled("train.json")
    #expect(dataset.count == 2)
    #expect(dataset.problems.map(\.name) == ["\(folder.path("train.json")): image 99"])
  }

  @Test func otherFilesAreExplained() throws {
    let folder = try TemporaryFolder()
    try folder.touch(["a/1.jpg", "a/2.jpg"])
    func message(_ content: String) throws -> String {
      try folder.write(content, to: "train.json")
      return folder.message("train.json")
    }
    let twice = both + #", {"id": 3, "image_id": 10, "category_id": 3}"#
    #expect(try message(text(annotations: twice, categories: nil)).contains("image 10 has categories 12 and 3"))
    let one = #"{"id": 3, "name": "Vulpes"}"#
    #expect(try message(text(annotations: both, categories: one)).contains("category 12"))
    let first = #"{"id": 1, "image_id": 20, "category_id": 3}"#
    #expect(try message(text(annotations: first, categories: nil)).contains("1 of 2 images have no class"))
    #expect(try message(#"{"pictures": []}"#).contains("'images' is missing"))
    #expect(try message(#"{"images": [{"id": true, "file_name": "y"}]}"#).contains("'images[0].id' is of another type"))
    let same = #"{"images": [{"id": "x", "file_name": "a/1.jpg"}, {"id": "x", "file_name": "a/2.jpg"}]}"#
    #expect(try message(same).contains("lists two of the image id \"x\""))
    #expect(try message(#"{"images": ["#).contains("is no JSON file"))
  }
}
