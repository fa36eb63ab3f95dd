import DenseAnnotations
import Foundation
import TestSupport
import Testing

@Suite struct COCODatasetTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let images = """
    [{"id":9,"file_name":"b.jpg","width":20,"height":10},{"id":2,"file_name":"a.jpg","width":8,"height":6,"flickr_url":"x"},
    {"id":40,"file_name":"c/d.jpg","width":5,"height":5}]
    """

  private func read(
    _ annotations: String, images: String = images, strict: Bool = false, imageFolder: URL? = nil
  ) throws -> COCODataset {
    let json = """
      {"info":{"year":2017,"contributors":[{"a":"]}"}]},"annotations":[\(annotations)],"licenses":null,
      "images":\(images),"categories":[{"supercategory":"s","id":90,"name":"brush"},{"id":1,"name":"person"}]}
      """
    return try COCODataset(folder.write(json, to: "instances.json"), imageFolder: imageFolder, strict: strict)
  }

  private func annotation(_ id: Int, image: Int = 9, category: Int = 1, _ rest: String = "\"bbox\":[1,2,3,4]") -> String
  {
    "{\"id\":\(id),\"image_id\":\(image),\"category_id\":\(category),\(rest)}"
  }

  private func refusal(_ annotations: String..., strict: Bool = false) -> String {
    message { _ = try read(annotations.joined(separator: ","), strict: strict) } ?? "accepted"
  }

  @Test func readsEveryKindOfSegmentation() throws {
    let dataset = try read(
      [
        annotation(5, category: 90, #""bbox":[1.5,2,3,4e0],"area":11.5,"iscrowd":0,"segmentation":[[1,1,6,1,6,6.0]]"#),
        annotation(6, image: 2, #""segmentation":{"size":[6,8],"counts":[7,4,2,4,31]},"iscrowd":1"#),
        annotation(3, #""segmentation":{"size":[10,20],"counts":"b1f4"}"#),
        annotation(4, #""segmentation":[],"bbox":[0,0,2,3]"#),
        annotation(8, #""segmentation":null,"bbox":[0,0,2,3],"area":null,"iscrowd":null"#),
      ].joined(separator: ","))
    #expect(dataset.images.map(\.id) == [2, 9, 40])
    #expect(dataset.images.map(\.fileName) == ["a.jpg", "b.jpg", "c/d.jpg"])
    #expect(dataset.categories.map(\.name) == ["person", "brush"])
    #expect(dataset.annotations.map(\.id) == [6, 5, 3, 4, 8])
    #expect(dataset.annotations(ofImage: 1).map(\.id) == [5, 3, 4, 8])
    #expect(dataset.annotations(ofImage: 2).isEmpty)
    #expect(dataset.annotations.map(\.category) == [0, 1, 0, 0, 0])
    #expect(dataset.annotations.map(\.isCrowd) == [true, false, false, false, false])
    #expect(dataset.annotations.map(\.area) == [8, 11.5, 150, 6, 6])
    #expect(dataset.annotations[0].box == BoundingBox(left: 1, top: 1, width: 2, height: 4))
    #expect(dataset.annotations[1].box == BoundingBox(left: 1.5, top: 2, width: 3, height: 4))
    #expect(dataset.mask(of: dataset.annotations[2])?.counts == [50, 150])
    #expect(dataset.mask(of: dataset.annotations[1])?.area == 10)
    #expect(dataset.mask(of: dataset.annotations[3]) == nil)
    #expect(!dataset.hasMasks)
    #expect(dataset.report.isEmpty)
  }

  @Test func whatCannotBeUsedIsLeftOutAndCounted() throws {
    let annotations = [
      annotation(1), annotation(2, image: 77), annotation(3, image: 78),
      annotation(4, "\"bbox\":[NaN,2,3,4]"), annotation(5, "\"bbox\":[1,2,-Infinity,4]"),
      annotation(6, "\"bbox\":[1,2,3]"), annotation(7, "\"area\":4"), annotation(8, "\"bbox\":[1,2,0,4]"),
      annotation(9, "\"bbox\":[1,2,3,-1]"), annotation(10, "\"bbox\":[20,2,3,4]"),
      annotation(11, "\"bbox\":[1,-4,3,4]"),
      annotation(12, "\"bbox\":[19.5,9.5,30,40]"), annotation(13, "\"bbox\":[1,2,1e400,4]"),
    ].joined(separator: ",")
    let dataset = try read(annotations)
    #expect(dataset.annotations.map(\.id) == [1, 12])
    #expect(
      dataset.report.counts == [.imageNotListed: 2, .boxNotFinite: 5, .boxEmpty: 2, .boxOutsideImage: 2])
    #expect(dataset.report.droppedCount == 11)
    #expect(
      dataset.report.description == """
        2 annotations of images that are not listed: annotation 2 of image 77; annotation 3 of image 78
        5 boxes that are not four finite numbers: annotation 4 in b.jpg; annotation 5 in b.jpg; annotation 6 in b.jpg; \
        annotation 7 in b.jpg, which has neither box nor mask; annotation 13 in b.jpg
        2 boxes without area: annotation 8 in b.jpg; annotation 9 in b.jpg
        2 boxes outside their image: annotation 10 in b.jpg; annotation 11 in b.jpg
        """)
    let json = try JSONEncoder().encode(dataset.report)
    #expect(try JSONDecoder().decode(AnnotationReport.self, from: json) == dataset.report)
    #expect(String(decoding: json, as: UTF8.self).contains("\"boxEmpty\":2"))
    let strict = message { _ = try read(annotations, strict: true) } ?? "accepted"
    #expect(strict.contains("instances.json cannot be used:\n2 annotations of images that are not listed"))
  }

  @Test func imagesWithoutAFileAreLeftOutWithTheirAnnotations() throws {
    try folder.write("", to: "images/b.jpg")
    try folder.write("", to: "images/c/d.jpg")
    let images = folder.url.appending(path: "images")
    let annotations = annotation(1) + "," + annotation(2, image: 2)
    let dataset = try read(annotations, imageFolder: images)
    #expect(dataset.images.map(\.fileName) == ["b.jpg", "c/d.jpg"])
    #expect(dataset.annotations.map(\.id) == [1])
    #expect(dataset.report.counts == [.imageFileMissing: 1])
    #expect(dataset.report.description.hasSuffix("images/a.jpg"))
    #expect(
      message { _ = try read(annotations, strict: true, imageFolder: images) }?.contains("1 images whose file") == true)
    let elsewhere = folder.url.appending(path: "elsewhere")
    #expect(message { _ = try read(annotations, imageFolder: elsewhere) }?.contains("is it the right folder?") == true)
  }

  @Test func fileNamesThatLeadOutOfTheFolderAreRefused() throws {
    try folder.write("", to: "images/a.jpg")
    let images = folder.url.appending(path: "images")
    func read(_ name: String, in place: URL?) throws -> [String] {
      let list = "[{\"id\":9,\"file_name\":\"\(name)\",\"width\":20,\"height\":10}]"
      return try self.read(annotation(1), images: list, imageFolder: place).images.map(\.fileName)
    }
    for name in ["\(images.path)/a.jpg", "../images/a.jpg", "c/../../images/a.jpg", "./.././a.jpg"] {
      let refusal = message { _ = try read(name, in: images) } ?? "accepted"
      #expect(refusal.contains("the file_name of image 9, '\(name)', leads out of the folder of images"), "\(refusal)")
      #expect(try read(name, in: nil) == [name], "without a folder, nothing is opened")
    }
    try FileManager.default.createDirectory(at: images.appending(path: "c"), withIntermediateDirectories: true)
    #expect(try read("c/../a.jpg", in: images) == ["c/../a.jpg"])
  }

  @Test func whatWouldChangeTheMeaningIsAnError() {
    #expect(
      refusal(annotation(1), annotation(2, category: 33)).contains(
        "1 annotations of categories that are not listed: annotation 2 of category 33"))
    let runs = "\"segmentation\":{\"size\":[10,20],\"counts\":"
    #expect(
      refusal(annotation(7, runs + "[100,99]}")).contains(
        "annotation 7 in b.jpg: its run lengths add up to 199, not to the 200 pixels of 10 x 20"))
    #expect(refusal(annotation(7, runs + "[100,-1,101]}")).contains("it has a run of length -1"))
    #expect(refusal(annotation(7, runs + "\"b1\"}")).contains("add up to 50"))
    #expect(
      refusal(annotation(7, "\"segmentation\":{\"size\":[20,10],\"counts\":[200]}")).contains("it is of size [20, 10]"))
    #expect(refusal(annotation(7, "\"segmentation\":{\"size\":[10,20]}")).contains("it has no counts"))
    for polygon in [
      "[[1,1,5,5]]", "[[1,1,5,5,9,9],[1,2]]", "[[1,1,5,5,9,9,3]]", "[[1,1,5,5,9,NaN]]", "[[1,1,5,5,9,1e9]]",
    ] {
      let text = refusal(annotation(7, "\"bbox\":[1,1,4,4],\"segmentation\":\(polygon)"))
      #expect(
        text.contains("1 polygons of fewer than three points or of impossible ones: annotation 7 in b.jpg"),
        "\(polygon)")
    }
    // All that is wrong is said at once.
    let both = refusal(annotation(1, category: 5), annotation(2, runs + "[1]}"), annotation(3, image: 55))
    #expect(both.contains("category 5") && both.contains("add up to 1,") && !both.contains("image 55"))
  }

  @Test func nothingToLearnFromIsAnError() {
    #expect(refusal().hasSuffix("has nothing to learn from: it has no annotations at all"))
    let text = refusal(annotation(1, "\"bbox\":[1,2,0,4]"))
    #expect(text.contains("no annotation of its 1 can be used\n1 boxes without area: annotation 1"))
    #expect(message { _ = try read(annotation(1), images: "[]") }?.hasSuffix("lists no images") == true)
  }

  @Test func filesThatAreSomethingElseAreNamed() throws {
    func refusal(_ text: String) throws -> String {
      let file = try folder.write(text, to: "other.json")
      return message { _ = try COCODataset(file) } ?? "accepted"
    }
    #expect(try refusal("[]").contains("Is it a file of results?"))
    #expect(try refusal("{}").contains("it has no list 'images'"))
    #expect(try refusal("").contains("other.json is not a file of COCO annotations"))
    #expect(
      try refusal("{\"images\":[{\"id\":1,\n\"width\":3 x").contains(
        "cannot be read, in images[0]: expected a comma or a closing brace, but byte 30 (line 2) is something else"))
    #expect(try refusal("{\"images\":[{\"id\":1").contains("it ends too early"))
    #expect(try refusal("{\"images\":[{\"na").contains("expected the end of a string, but it ends too early"))
    #expect(try refusal("{\"info\":[1,2}").contains("cannot be read"))
    #expect(
      try refusal("{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":0,\"height\":3}]}").contains("0 pixels wide"))
    #expect(try refusal("{\"images\":[{\"file_name\":\"a\"}]}").contains("other.json: images[0] has no id"))
    let utf16 = try folder.write(try #require("{\"images\":[]}".data(using: .utf16)), to: "utf16.json")
    #expect(message { _ = try COCODataset(utf16) }?.contains("it is UTF-16 text; save it as UTF-8") == true)
    let list = "{\"annotations\":[],\"categories\":[{\"id\":1}],\"images\":"
    let image = "{\"id\":1,\"file_name\":\"a\",\"width\":3,\"height\":3}"
    #expect(try refusal("\(list)[\(image),\(image)]}").contains("lists two of the image id 1"))
    #expect(try refusal("\(list)[\(image)]} x").contains("expected the end of the file"))
    #expect(message { _ = try COCODataset(folder.url.appending(path: "none.json")) }?.contains("none.json") == true)
  }

  @Test func valuesOfAnotherTypeAreNamedWithTheirPlace() throws {
    func refusal(_ entry: String) -> String {
      message { _ = try read(annotation(1) + ",\n" + entry) } ?? "accepted"
    }
    for (entry, text) in [
      (#"{"id":[2]}"#, "instances.json: annotations[1].id is an array, not a whole number or a string (line 2)"),
      (#"{"id":1.5}"#, "annotations[1].id is 1.5, not a whole number"),
      (#"{"id":NaN}"#, "annotations[1].id is NaN, not a whole number"),
      // 2⁶³, which 64 bits hold without a sign.
      (
        #"{"id":9223372036854775808}"#,
        "annotations[1].id is 9223372036854775808: ids are at most 9223372036854775807, or texts; write it in quotes"
      ),
      (
        #"{"iscrowd":98765432109876543210}"#,
        "iscrowd is 98765432109876543210: whole numbers are at most 9223372036854775807"
      ),
      (#"{"id":9007199254740993.0}"#, "annotations[1].id is 9007199254740993.0, not a whole number"),
      (#"{"bbox":{"x":1}}"#, "annotations[1].bbox is an object, not an array"),
      (#"{"bbox":[1,"2",3,4]}"#, "annotations[1].bbox[1] is a string, not a number"),
      (#"{"area":"4"}"#, "annotations[1].area is a string, not a number"),
      (#"{"iscrowd":"0"}"#, "annotations[1].iscrowd is a string, not 0, 1, false or true"),
      (#"{"segmentation":[[1,2],[null]]}"#, "annotations[1].segmentation[1][0] is null, not a number"),
      (
        #"{"segmentation":{"size":[1,true]}}"#,
        "annotations[1].segmentation.size[1] is true or false, not a whole number"
      ),
      (#"{"id":2,"image_id":9}"#, "annotations[1] has no category_id"),
      ("7", "annotations[1] is a number, not an object"),
    ] {
      #expect(refusal(entry).contains(text), "\(refusal(entry))")
    }
    let image = #"[{"id":9,"file_name":null,"width":2,"height":2}]"#
    #expect(
      message { _ = try read(annotation(1), images: image) }?.contains("images[0].file_name is null, not a string")
        == true)
    let latin = Data(#"{"images":[{"id":9,"file_name":"caf"#.utf8) + [0xe9] + Data(#".jpg"}]}"#.utf8)
    let file = try folder.write(latin, to: "latin.json")
    #expect(
      message { _ = try COCODataset(file) }?.contains("images[0].file_name is a string that is not UTF-8") == true)
  }

  /// Neighbours that are one number in `Double`.
  @Test func idsAreExact() throws {
    let ids = [9_007_199_254_740_993, 9_007_199_254_740_992, .max, .max - 1, .min, -3]
    let images = ids.enumerated().map {
      "{\"id\":\($1),\"file_name\":\"\($0).jpg\",\"width\":20,\"height\":10}"
    }
    let annotations = ids.map { annotation($0, image: $0) } + [annotation(5, image: 9_007_199_254_740_994)]
    let dataset = try read(
      annotations.joined(separator: ","), images: "[\(images.joined(separator: ","))]")
    #expect(dataset.images.map(\.id) == ids.sorted().map { .number($0) })
    for (index, image) in dataset.images.enumerated() {
      #expect(dataset.annotations(ofImage: index).map(\.id) == [image.id])
    }
    #expect(dataset.report.description.hasSuffix("annotation 5 of image 9007199254740994"))
  }

  @Test func idsMayBeTexts() throws {
    let images = ["b", "a\\\"é", "10"].map {
      "{\"id\":\"\($0)\",\"file_name\":\"x.jpg\",\"width\":20,\"height\":10}"
    }
    let one = "{\"id\":10,\"file_name\":\"y.jpg\",\"width\":20,\"height\":10}"
    func annotation(_ id: String, image: String) -> String {
      "{\"id\":\(id),\"image_id\":\(image),\"category_id\":1,\"bbox\":[1,2,3,4]}"
    }
    let dataset = try read(
      [
        annotation("\"u\"", image: "\"a\\\"é\""), annotation("1", image: "\"10\""), annotation("2", image: "10"),
        annotation("3", image: "\"90\""),
      ].joined(separator: ","), images: "[\((images + [one]).joined(separator: ","))]")
    #expect(dataset.images.map(\.id) == [10, "10", "a\"é", "b"])
    #expect(dataset.annotations.map(\.id) == [2, 1, "u"])
    #expect(dataset.annotations.map(\.image) == [0, 1, 2])
    #expect(dataset.report.description.hasSuffix("annotation 3 of image \"90\""))
    let box = BoundingBox(left: 0, top: 0, width: 1, height: 1)
    let found = [0, 2].map { COCODetection(image: $0, category: 0, score: 0.5, box: box) }
    let file = folder.url.appending(path: "results.json")
    try COCOResults.write(found, .boxes, of: dataset, to: file)
    #expect(try COCOResults.read(file, of: dataset) == found)
    let list = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [[String: Any]])
    #expect(list[0]["image_id"] as? Int == 10 && list[1]["image_id"] as? String == "a\"é")
  }

  @Test func boxesAsFractionsOfTheImageAreRefused() throws {
    func box(_ numbers: String, _ id: Int) -> String { annotation(id, "\"bbox\":\(numbers)") }
    let fractions = [box("[0.125,0.5,0.25,0.5]", 1), box("[0,0,1,1]", 2)].joined(separator: ",")
    let text = message { _ = try read(fractions) } ?? "accepted"
    #expect(text.contains("every box lies between 0 and 1") && text.contains("Multiply left and width by"))
    #expect(try read(fractions + "," + box("[1,0,1,1]", 3)).annotations.count == 3)
    #expect(try read(box("[0,0,1,1]", 1)).annotations.count == 1)
  }

  /// Numbers as Python writes them, and names with escapes.
  @Test func numbersAndStringsAreRead() throws {
    let numbers = ["0.1", "1e-7", "123456789.123456789", "2.5E+3", "3.0000000000000004", "98765432109876543210"]
    let list = numbers.enumerated().map { "{\"image_id\":1,\"category_id\":2,\"bbox\":[0,0,1,1],\"score\":\($1)}" }
    let dataset = try COCODataset(
      folder.write(
        """
        {"images":[{"id":1,"file_name":"caf\\u00e9\\/\\"x\\\\y.jpg","width":3,"height":3}],"categories":[{"id":2,"name":"Häuser"}],
        "annotations":[{"id":1,"image_id":1.0,"category_id":2,"bbox":[0,0,1,1],"iscrowd":true,"attributes":{"a":[{}]}}]}
        """, to: "instances.json"))
    #expect(dataset.images[0].fileName == "café/\"x\\y.jpg")
    #expect(dataset.categories[0].name == "Häuser")
    #expect(dataset.annotations[0].isCrowd)
    let results = try COCOResults.read(
      folder.write("[\(list.joined(separator: ","))]", to: "results.json"), of: dataset)
    #expect(results.map(\.score) == numbers.map { Double($0) })
  }

  @Test(.enabled(if: RealData.has("bccd"))) func boxesAloneAreEnough() throws {
    let url = try RealData.unpacked("bccd")
    for (split, images) in [("train", 205), ("val", 87), ("test", 72)] {
      let dataset = try COCODataset(
        url.appending(path: "instances_\(split).json"), imageFolder: url.appending(path: split))
      #expect(dataset.images.count == images)
      #expect(dataset.categories.map(\.name) == ["WBC", "RBC", "Platelets"])
      #expect(dataset.report.isEmpty, "\(dataset.report)")
      #expect(!dataset.hasMasks)
      #expect(message { _ = try COCOEvaluator(dataset, .masks) }?.contains("only boxes can be evaluated") == true)
    }
  }

  @Test(.enabled(if: RealData.has("pennfudan"))) func realMasksAreRead() throws {
    let url = try RealData.unpacked("pennfudan")
    let dataset = try COCODataset(
      url.appending(path: "instances_train.json"), imageFolder: url.appending(path: "train"), strict: true)
    #expect(dataset.images.count == 136 && dataset.annotations.count == 333)
    #expect(dataset.hasMasks)
    for annotation in dataset.annotations {
      #expect(dataset.mask(of: annotation).map { Double($0.area) } == annotation.area)
    }
  }
}
