import DenseAnnotations
public import Foundation
import ImageData
public import VisionModels

/// Objects on images as a COCO file whose annotations have scores. Category ids are 1, 2, … in the classes' order.
public struct DetectionList {
  private struct Image: Encodable {
    let id: Int
    let fileName: String
    let width: Int
    let height: Int

    enum CodingKeys: String, CodingKey {
      case id, width, height
      case fileName = "file_name"
    }
  }

  private struct Category: Encodable {
    let id: Int
    let name: String
  }

  private struct Mask: Encodable {
    let size: [Int]
    let counts: String
  }

  private struct Annotation: Encodable {
    let id: Int
    let imageID: Int
    let categoryID: Int
    let score: Float
    let box: [Double]
    let area: Double
    let isCrowd: Int
    let segmentation: Mask?

    enum CodingKeys: String, CodingKey {
      case id, score, area, segmentation
      case imageID = "image_id"
      case categoryID = "category_id"
      case box = "bbox"
      case isCrowd = "iscrowd"
    }
  }

  private struct File: Encodable {
    let images: [Image]
    let categories: [Category]
    let annotations: [Annotation]
  }

  private let classNames: [String]
  private var images: [Image] = []
  private var annotations: [Annotation] = []

  /// No images yet.
  public init(classNames: [String]) {
    self.classNames = classNames
  }

  /// How many objects there are.
  public var count: Int { annotations.count }

  /// How many objects there are of each class that the detector knows.
  public var countsOfClasses: [String: Int] {
    var counts = Dictionary(classNames.map { ($0, 0) }, uniquingKeysWith: +)
    for annotation in annotations { counts[classNames[annotation.categoryID - 1], default: 0] += 1 }
    return counts
  }

  /// Adds an image with what is on it, in its own pixels.
  public mutating func add(_ detections: [Detection], name: String, size: ImageSize) {
    let image = Image(id: images.count + 1, fileName: name, width: size.width, height: size.height)
    images.append(image)
    for detection in detections {
      let found = detection.cocoDetection(image: 0, size: size)
      let box = found.box
      annotations.append(
        Annotation(
          id: annotations.count + 1, imageID: image.id, categoryID: detection.label + 1, score: detection.score,
          box: [box.left, box.top, box.width, box.height], area: found.mask.map { Double($0.area) } ?? box.area,
          isCrowd: 0, segmentation: found.mask.map { Mask(size: [$0.height, $0.width], counts: $0.compressed) }))
    }
  }

  /// How many objects of each class are on each image, as a comma-separated file: a header with `image` and the classes,
  /// then a line an image, in the order in which they were added.
  public func counts() -> Data {
    var counts = images.map { _ in [Int](repeating: 0, count: classNames.count) }
    for annotation in annotations { counts[annotation.imageID - 1][annotation.categoryID - 1] += 1 }
    let lines = zip(images, counts).map { image, counts in CSVLine.text([image.fileName] + counts.map(String.init)) }
    return Data((CSVLine.text(["image"] + classNames) + lines.joined()).utf8)
  }

  /// The file.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let categories = classNames.enumerated().map { Category(id: $0.offset + 1, name: $0.element) }
    return try encoder.encode(File(images: images, categories: categories, annotations: annotations))
  }
}
