import Foundation
import ImageCoding
import ShapesData
import Synchronization
import Testing

@Suite struct ShapesDatasetTests {
  private func dataset(_ change: (inout ShapesDataset.Config) -> Void = { _ in }) throws -> ShapesDataset {
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height, config.seed) = (45, 40, 32, 5)
    change(&config)
    return try ShapesDataset(config: config)
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("shapes-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  /// Every file below `root` by its path.
  private func contents(of root: URL) throws -> [String: Data] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    return Dictionary(
      uniqueKeysWithValues: paths.compactMap { path in
        let url = root.appendingPathComponent(path)
        return url.hasDirectoryPath ? nil : (try? Data(contentsOf: url)).map { (path, $0) }
      })
  }

  @Test func filesDoNotDependOnTheNumberOfWorkers() throws {
    try withFolder { one in
      try withFolder { five in
        try dataset().write(to: one, workers: 1)
        try dataset().write(to: five, workers: 5)
        let files = try contents(of: one)
        #expect(try contents(of: five) == files)
        #expect(files.count == 45 * 2 + 5)
        #expect(files.keys.filter { $0.hasSuffix(".jpg") && $0.hasPrefix("train/") }.count == 36)
        #expect(files.keys.filter { $0.hasSuffix(".jpg") && $0.hasPrefix("val/") }.count == 9)
      }
    }
  }

  @Test func classesAreEquallyFrequentInBothParts() throws {
    let dataset = try dataset { $0.images = 100 }
    for (split, expected) in [(ShapesDataset.Split.train, 8), (.validation, 2)] {
      let counts = Dictionary(grouping: dataset.indices(of: split), by: dataset.mainShape).mapValues(\.count)
      #expect(counts.count == ShapeClass.allCases.count)
      #expect(counts.values.allSatisfy { $0 == expected })
    }
  }

  @Test(arguments: [(1, 0.0, 1), (1, 0.5, 1), (2, 0.01, 1), (10, 0.25, 7), (10, 0.99, 1)])
  func validationShareLeavesBothPartsNonEmpty(images: Int, share: Double, training: Int) throws {
    let dataset = try dataset {
      $0.images = images
      $0.validationShare = share
    }
    #expect(dataset.indices(of: .train) == 0..<training)
    #expect(dataset.indices(of: .validation) == training..<images)
  }

  @Test func annotationsDescribeTheScenes() throws {
    try withFolder { root in
      let dataset = try dataset { $0.classes = [.star, .ring, .heart] }
      try dataset.write(to: root)
      var identifiers: [Int] = []
      for split in ShapesDataset.Split.allCases {
        let data = try Data(contentsOf: root.appendingPathComponent("instances_\(split.rawValue).json"))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let categories = try #require(json["categories"] as? [[String: Any]])
        #expect(categories.map { $0["name"] as? String } == ["star", "ring", "heart"])
        #expect(categories.map { $0["id"] as? Int } == [1, 2, 3])
        let images = try #require(json["images"] as? [[String: Any]])
        let annotations = try #require(json["annotations"] as? [[String: Any]])
        let ofImage = Dictionary(grouping: annotations) { $0["image_id"] as? Int }
        #expect(images.map { $0["id"] as? Int } == dataset.indices(of: split).map { $0 + 1 })
        for (index, image) in zip(dataset.indices(of: split), images) {
          let path = try #require(image["file_name"] as? String)
          #expect(path == dataset.imagePath(of: index) && path.hasPrefix("\(split.rawValue)/"))
          #expect(FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path))
          #expect(image["width"] as? Int == 40 && image["height"] as? Int == 32)
          try check(ofImage[index + 1] ?? [], against: dataset.render(index), of: dataset)
        }
        identifiers += annotations.compactMap { $0["id"] as? Int }
      }
      #expect(Set(identifiers).count == identifiers.count && !identifiers.contains(0))
    }
  }

  private func check(
    _ annotations: [[String: Any]], against drawn: ShapesRendering, of dataset: ShapesDataset
  ) throws {
    #expect(annotations.count == drawn.instances.count)
    for (annotation, instance) in zip(annotations, drawn.instances) {
      #expect(annotation["bbox"] as? [Int] == [instance.left, instance.top, instance.width, instance.height])
      #expect(annotation["area"] as? Int == instance.area)
      #expect(annotation["iscrowd"] as? Int == 0)
      #expect(annotation["category_id"] as? Int == dataset.category(of: instance.shape))
      let mask = try #require(annotation["segmentation"] as? [String: Any])
      #expect(mask["size"] as? [Int] == [32, 40])
      #expect(mask["counts"] as? [Int] == drawn.runLengths(of: instance))
    }
  }

  @Test func filesHoldWhatWasDrawn() throws {
    try withFolder { root in
      let dataset = try dataset { $0.images = 6 }
      try dataset.write(to: root)
      let names = try String(contentsOf: root.appendingPathComponent("classes.txt"), encoding: .utf8).split(
        separator: "\n")
      #expect(names.first == "background" && names.count == 1 + ShapeClass.allCases.count)
      for index in 0..<6 {
        let drawn = dataset.render(index)
        let labels = try decode(root.appendingPathComponent(dataset.labelMapPath(of: index)))
        #expect(labels.width == 40 && labels.height == 32)
        for (place, number) in drawn.instanceMap.enumerated() {
          let label = Int(labels.pixels[place * 3])
          let shape = drawn.instances.first { $0.number == number }?.shape.rawValue ?? "background"
          try #require(label >= 1 && names[label - 1] == shape)
        }
        let picture = try decode(root.appendingPathComponent(dataset.imagePath(of: index)))
        let error = zip(picture.pixels, drawn.image.pixels).map { abs(Double($0) - Double($1)) }.reduce(0, +)
        #expect(error / Double(picture.pixels.count) < 8)
      }
    }
  }

  private func decode(_ url: URL) throws -> PixelImage {
    try EncodedImage(Data(contentsOf: url)).decode()
  }

  @Test func finishedDataSetIsLeftAlone() throws {
    try withFolder { root in
      #expect(try dataset().write(to: root) == .written)
      let image = root.appendingPathComponent(try dataset().imagePath(of: 0))
      try Data("mine".utf8).write(to: image)
      #expect(try dataset().write(to: root) == .alreadyThere)
      #expect(try Data(contentsOf: image) == Data("mine".utf8))
    }
  }

  @Test func interruptedWritingIsDoneAgain() throws {
    try withFolder { root in
      try withFolder { whole in
        try dataset().write(to: whole)
        try dataset().write(to: root)
        // What a kill leaves: the mark of unfinished writing, half a file, a missing one.
        let manifest = root.appendingPathComponent("shapes.json")
        try FileManager.default.moveItem(at: manifest, to: root.appendingPathComponent("shapes.partial.json"))
        try Data("half".utf8).write(to: root.appendingPathComponent(try dataset().imagePath(of: 3)))
        try FileManager.default.removeItem(at: root.appendingPathComponent("classes.txt"))
        #expect(throws: ShapesError.self) { try dataset { $0.seed = 6 }.write(to: root) }
        #expect(try dataset().write(to: root) == .written)
        #expect(try contents(of: root) == contents(of: whole))
      }
    }
  }

  @Test func otherFoldersAreRefused() throws {
    try withFolder { root in
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
      let file = root.appendingPathComponent("thesis.txt")
      try Data("mine".utf8).write(to: file)
      #expect(throws: ShapesError.foreignFolder(path: root.path, entry: "thesis.txt")) {
        try dataset().write(to: root)
      }
      #expect(try contents(of: root).keys.sorted() == ["thesis.txt"])
      #expect(throws: ShapesError.cannotWrite(path: file.path, reason: "There is a file of that name.")) {
        try dataset().write(to: file)
      }
      try Data("{}".utf8).write(to: root.appendingPathComponent("shapes.json"))
      #expect(throws: ShapesError.foreignFolder(path: root.path, entry: "shapes.json")) {
        try dataset().write(to: root)
      }
    }
  }

  @Test func otherParametersAreRefusedByName() throws {
    try withFolder { root in
      try dataset().write(to: root)
      let other = try dataset {
        $0.seed = 9
        $0.width = 64
      }
      let error = #expect(throws: ShapesError.self) { try other.write(to: root) }
      #expect(error?.description.contains("seed there 5, asked for 9") == true)
      #expect(error?.description.contains("width there 40, asked for 64") == true)
    }
  }

  @Test func emptyFolderAndHiddenFilesAreNoObstacle() throws {
    try withFolder { root in
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
      try Data().write(to: root.appendingPathComponent(".DS_Store"))
      #expect(try dataset { $0.images = 2 }.write(to: root) == .written)
    }
  }

  @Test func progressCountsEveryImageInOrder() throws {
    try withFolder { root in
      let counts = Mutex<[Int]>([])
      try dataset().write(to: root, workers: 3) { done in counts.withLock { $0.append(done) } }
      #expect(counts.withLock { $0 } == Array(1...45))
    }
  }

  @Test func failureOfTheFileSystemNamesTheFile() throws {
    try withFolder { root in
      // A folder where a file should go stops the writing on every system and for every user.
      try dataset().write(to: root)
      let manifest = root.appendingPathComponent("shapes.json")
      try FileManager.default.moveItem(at: manifest, to: root.appendingPathComponent("shapes.partial.json"))
      let image = root.appendingPathComponent(try dataset().imagePath(of: 3))
      try FileManager.default.removeItem(at: image)
      try FileManager.default.createDirectory(
        at: image.appendingPathComponent("inside"), withIntermediateDirectories: true)
      let error = #expect(throws: ShapesError.self) { try dataset().write(to: root) }
      #expect(error?.description.contains("shapes-000004.jpg") == true)
      #expect(!FileManager.default.fileExists(atPath: manifest.path))
    }
  }

  @Test func parametersOutOfRangeAreRefused() {
    let changes: [(String, (inout ShapesDataset.Config) -> Void)] = [
      ("images is 0", { $0.images = 0 }), ("width is 8", { $0.width = 8 }), ("height is 99999", { $0.height = 99999 }),
      ("validationShare is 1.0", { $0.validationShare = 1 }), ("classes is empty", { $0.classes = [] }),
      ("twice", { $0.classes = [.disc, .disc] }),
    ]
    for (text, change) in changes {
      let error = #expect(throws: ShapesError.self) { try dataset(change) }
      #expect(error?.description.contains(text) == true)
    }
  }
}
