import DenseAnnotations
import DurableFiles
import Foundation
import ImageCoding
import ShapesData
import SplitMaskCore
import Synchronization
import TestSupport
import Testing

@Suite struct ADEFolderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("sky\n building \n\nroad\r\n", to: "classes.txt")
    try add("b", labels: [0, 1, 2, 3, 255, 1])
    try add("sub/a", labels: [1, 1, 1, 1, 1, 1])
  }

  private func add(_ name: String, labels: [UInt8], width: Int = 3) throws {
    let pixels = [UInt8](repeating: 7, count: 18)
    try folder.write(ImageEncoder.jpeg(PixelImage(width: 3, height: 2, pixels: pixels)), to: "images/val/\(name).jpg")
    try folder.write(
      ImageEncoder.png(grey: labels, width: width, height: labels.count / width), to: "annotations/val/\(name).png")
  }

  private func open(_ split: String = "val", strict: Bool = false) throws -> ADEFolder {
    try ADEFolder(folder.url, split: split, strict: strict)
  }

  private func refusal(strict: Bool = false) -> String { message { _ = try open(strict: strict) } ?? "accepted" }

  @Test func labelsStartAtZeroAndZeroIsIgnored() throws {
    let data = try open()
    #expect(data.classNames == ["sky", "building", "road"])
    #expect(data.pairs.map(\.name) == ["b", "sub/a"])
    #expect(try data.labels(0).values == [255, 0, 1, 2, 255, 0])
    #expect(try data.labels(1).values == [0, 0, 0, 0, 0, 0])
    #expect(data.report.isEmpty)
  }

  @Test func channelsMayHaveFilesOfTheirOwn() throws {
    for channel in ["w1", "w2"] {
      for site in ["s1", "s2"] {
        let values = [UInt16](repeating: site == "s1" ? 1 : 2, count: 6)
        try folder.write(numpyFile(values, type: "u2", shape: [3, 2]), to: "images/plate/\(site)_\(channel).npy")
      }
    }
    for (site, label) in [("s1", 1), ("s2", 2)] {
      try folder.write(
        ImageEncoder.png(grey: [UInt8](repeating: UInt8(label), count: 6), width: 2, height: 3),
        to: "annotations/plate/\(site)_w1.png")
    }
    let data = try ADEFolder(folder.url, split: "plate", channelFiles: "{site}_{channel}.npy")
    #expect(data.pairs.map(\.name) == ["s1_w1", "s2_w1"] && data.imageFiles().channelNames == ["w1", "w2"])
    #expect(try data.labels(1).values == [1, 1, 1, 1, 1, 1])
  }

  @Test func readsTheEmbeddedDataset() throws {
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height) = (20, 32, 32)
    let shapes = try ShapesDataset(config: config)
    let root = folder.url.appending(path: "shapes")
    try shapes.write(to: root)
    let data = try ADEFolder(root, split: "val", strict: true)
    let instances = try COCODataset(root.appending(path: "instances_val.json"), imageFolder: root, strict: true)
    #expect(data.pairs.count == instances.images.count)
    #expect(data.classNames.count == instances.categories.count + 1)
    for (number, image) in instances.images.enumerated() {
      let index = try #require(data.pairs.firstIndex { "val/\($0.name).jpg" == image.fileName })
      let labels = try data.labels(index)
      // Every pixel is the ground's or an instance's, and no instance covers another's pixels.
      let annotations = instances.annotations(ofImage: number)
      #expect(labels.values.count { $0 > 0 } == annotations.reduce(0) { $0 + Int($1.area) })
      for annotation in annotations {
        let mask = try #require(instances.mask(of: annotation)).bitmap()
        #expect(Set(zip(labels.values, mask).filter { $1 == 1 }.map(\.0)).count == 1)
      }
    }
  }

  @Test func wrongLabelMapsAreNamed() throws {
    try add("c", labels: [0, 1, 2, 4, 1, 1])
    try add("d", labels: [0, 1, 2, 1], width: 2)
    try add("e", labels: [1, 1, 1, 1, 1, 1])
    try folder.write("no picture", to: "annotations/val/e.png")
    try add("f", labels: [1, 1, 1, 1, 1, 1])
    try folder.write(
      ImageEncoder.png(PixelImage(width: 3, height: 2, pixels: [UInt8](repeating: 1, count: 18))),
      to: "annotations/val/f.png")
    let data = try open()
    func refusal(_ index: Int) -> String { message { _ = try data.labels(index) } ?? "accepted" }
    #expect(refusal(1).contains("annotations/val/c.png holds the value 4, and there are 3 classes"))
    #expect(refusal(2).contains("annotations/val/d.png is 2 x 2, and its image 3 x 2"))
    #expect(refusal(3).contains("annotations/val/e.png is not an image of a known format"))
    #expect(
      refusal(4).contains(
        "f.png is of a kind that cannot be read: a label map has one channel, and this one holds colours"))
  }

  @Test func missingFilesAreNamed() throws {
    let other = message { _ = try ADEFolder(folder.url, split: "training") }
    #expect(other?.hasSuffix("the splits there are: val; name one with --split") == true, "\(other ?? "")")
    try FileManager.default.removeItem(at: folder.url.appending(path: "annotations/val/b.png"))
    #expect(refusal().contains("annotations/val/b.png is missing. Add it"))
    try FileManager.default.removeItem(at: folder.url.appending(path: "annotations/val/sub"))
    #expect(refusal().contains("annotations/val is an empty folder"))
    try FileManager.default.removeItem(at: folder.url.appending(path: "annotations"))
    #expect(refusal().contains("annotations/val: No such file or directory"))
    try FileManager.default.removeItem(at: folder.url.appending(path: "images"))
    #expect(refusal().contains("images/val"))
    try FileManager.default.removeItem(at: folder.url.appending(path: "classes.txt"))
    #expect(refusal().contains("has no list of classes"))
  }

  @Test func imagesOfOneNameAreNamed() throws {
    let pixels = PixelImage(width: 3, height: 2, pixels: [UInt8](repeating: 7, count: 18))
    try folder.write(ImageEncoder.png(pixels), to: "images/val/b.png")
    #expect(refusal().contains("b.jpg and ") && refusal().contains("b.png would have the same label map"))
  }

  @Test func twoLabelMapsOfOneImageAreNamed() throws {
    let map = folder.url.appending(path: "annotations/val/b.png")
    try FileManager.default.copyItem(at: map, to: map.deletingLastPathComponent().appending(path: "b.PNG"))
    #expect(refusal().contains("b.PNG and ") && refusal().contains("b.png would be the label map of one image"))
  }

  @Test func countingTheClassesIsTold() throws {
    let data = try open()
    let seen = Mutex<[WorkProgress]>([])
    let observer: @Sendable (WorkProgress) -> Void = { progress in seen.withLock { $0.append(progress) } }
    _ = try WorkProgress.observed(by: observer) { try data.survey() }
    let activity = "counting the classes of label maps"
    #expect(seen.withLock { $0 } == [0, 1].map { WorkProgress(activity, done: $0, total: 2) })
  }

  /// Folders and files may be links, on either side; `.nomedia` is about pictures, not about label maps.
  @Test func linksAreFollowed() throws {
    let files = FileManager.default
    let maps = folder.url.appending(path: "annotations/val")
    try files.moveItem(at: maps, to: folder.url.appending(path: "stored"))
    try files.createSymbolicLink(atPath: maps.path, withDestinationPath: "../stored")
    try files.moveItem(at: maps.appending(path: "sub"), to: folder.url.appending(path: "more"))
    try files.createSymbolicLink(atPath: maps.appending(path: "sub").path, withDestinationPath: "../more")
    try files.moveItem(at: maps.appending(path: "b.png"), to: folder.url.appending(path: "b.png"))
    try files.createSymbolicLink(atPath: maps.appending(path: "b.png").path, withDestinationPath: "../b.png")
    try folder.write("", to: "more/.nomedia")
    let data = try open()
    #expect(data.pairs.map(\.name) == ["b", "sub/a"])
    #expect(try data.labels(0).values == [255, 0, 1, 2, 255, 0])
    try files.removeItem(at: folder.url.appending(path: "b.png"))
    #expect(refusal().contains("b.png is missing") && refusal().contains("is a link that leads nowhere"))
  }

  /// Pseudo-labels, written into `annotations`, are marked as output; who names the folder means them.
  @Test func predictedLabelMapsAreRead() throws {
    let maps = folder.url.appending(path: "annotations/val")
    try OutputMark.mark([Array("b.png".utf8), Array("sub".utf8)], in: maps, writer: "segment predict")
    #expect(try open().pairs.map(\.name) == ["b", "sub/a"])
    try OutputMark.markAll(of: maps, writer: "segment predict")
    try OutputMark.markAll(of: maps.appending(path: "sub"), writer: "segment predict")
    let data = try open(strict: true)
    #expect(data.pairs.map(\.name) == ["b", "sub/a"])
    #expect(try data.labels(0).values == [255, 0, 1, 2, 255, 0])
  }

  @Test func labelMapsWithoutAnImageAreCounted() throws {
    try FileManager.default.removeItem(at: folder.url.appending(path: "images/val/b.jpg"))
    let data = try open()
    #expect(data.pairs.map(\.name) == ["sub/a"])
    #expect(data.report.description == "1 label maps without an image: b.png")
    #expect(refusal(strict: true).contains("1 label maps without an image: b.png"))
  }

  @Test func readsADE20ksOwnTableOfClasses() throws {
    try FileManager.default.removeItem(at: folder.url.appending(path: "classes.txt"))
    try folder.write(
      "Idx\tRatio\tTrain\tVal\tName\n1\t0.15\t11664\t1172\twall\n2\t0.1\t6046\t612\tbuilding, edifice\n3\t0.1\t1\t1\tsky;air\n",
      to: "objectInfo150.txt")
    #expect(try open().classNames == ["wall", "building", "sky"])
    try folder.write("\n\n", to: "classes.txt")
    #expect(refusal().contains("lists 0 classes"))
  }

  /// The counts come from NumPy on Pillow's arrays.
  @Test(.enabled(if: RealData.has("camvid"))) func readsCamVid() throws {
    let data = try ADEFolder(RealData.unpacked("camvid"), split: "val", strict: true)
    #expect(data.classNames.count == 11)
    #expect(data.pairs.count == 101)
    var metrics = SegmentationMetrics(classNames: data.classNames)
    var ignored = 0
    for index in data.pairs.indices {
      let labels = try data.labels(index)
      #expect(labels.width == 480 && labels.height == 360)
      ignored += labels.values.count { $0 == 255 }
      let truth = LabelMap(width: 480, height: 360, values: labels.values)
      try metrics.add(
        prediction: LabelMap(width: 480, height: 360, values: labels.values.map { $0 == 255 ? 3 : $0 }), truth: truth,
        name: data.pairs[index].name)
    }
    let result = try metrics.result()
    let pixels = [
      1_601_620, 4_531_180, 98_499, 5_053_176, 1_521_751, 2_851_125, 155_724, 537_197, 304_716, 113_531, 387_010,
    ]
    #expect(result.perClass.map(\.pixels) == pixels)
    #expect(ignored == 297_271)
    #expect(result.meanIntersectionOverUnion == 1)
  }
}
