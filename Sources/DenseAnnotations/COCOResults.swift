import DurableFiles
public import Foundation
import ImageData

/// COCO's files of results: what was found, with scores.
public enum COCOResults {
  /// What of a detection goes into a file, and what is compared.
  public enum Kind: String, CaseIterable, Codable, Hashable, Sendable {
    /// Boxes.
    case boxes = "bbox"
    /// Masks.
    case masks = "segm"
  }

  /// Reads results.
  ///
  /// Where a file has both boxes and masks, the box's area decides which masks are small, medium and large, as it does in
  /// pycocotools (cocodataset/cocoapi, coco.py, `loadRes`).
  ///
  /// - Throws: `FileError`; `DatasetError` for what is no such file or does not belong to the data set.
  public static func read(_ url: URL, of dataset: COCODataset) throws -> [COCODetection] {
    var parser = ResultParser(dataset, name: url.path)
    return try MappedFile(url).withBytes { bytes in
      try JSONReader.read(bytes, name: url.path) { reader in
        guard reader.next() == "[" else {
          throw DatasetError("\(url.path) is not a file of COCO results: it is no JSON array")
        }
        var detections: [COCODetection] = []
        try reader.forEachElement { detections.append(try parser.detection(&$0, number: detections.count)) }
        return detections
      }
    }
  }

  /// Writes results that pycocotools loads, in one piece or not at all.
  ///
  /// A file has boxes or masks, never both: pycocotools would take a mask's size from the box.
  ///
  /// - Throws: `FileError`; `DatasetError` when masks are asked for and a detection has none, or when a number is not finite.
  public static func write(_ detections: [COCODetection], _ kind: Kind, of dataset: COCODataset, to url: URL) throws {
    try AtomicFile.write(to: url) { file in
      var text = "["
      for (number, detection) in detections.enumerated() {
        text += number == 0 ? "\n" : ",\n"
        text += try entry(of: detection, kind, dataset)
        if text.utf8.count > 1 << 20 {
          try file.write(Data(text.utf8))
          text = ""
        }
      }
      try file.write(Data((text + "\n]\n").utf8))
    }
  }

  private static func entry(of detection: COCODetection, _ kind: Kind, _ dataset: COCODataset) throws -> String {
    let image = dataset.images[detection.image]
    let category = dataset.categories[detection.category]
    let head = "{\"image_id\":\(try json(image.id)),\"category_id\":\(try json(category.id)),"
    let shape: String
    switch kind {
    case .boxes:
      let box = detection.box
      let numbers = [box.left, box.top, box.width, box.height]
      guard numbers.allSatisfy(\.isFinite) else {
        throw DatasetError("a box found in \(image.fileName) is not of finite numbers: \(numbers)")
      }
      shape = "\"bbox\":[\(numbers.map { "\($0)" }.joined(separator: ","))]"
    case .masks:
      guard let mask = detection.mask else {
        throw DatasetError("what was found in \(image.fileName) has a box and no mask")
      }
      let counts = mask.compressed.replacingOccurrences(of: "\\", with: "\\\\")
      shape = "\"segmentation\":{\"size\":[\(mask.height),\(mask.width)],\"counts\":\"\(counts)\"}"
    }
    guard detection.score.isFinite else {
      throw DatasetError("a score in \(image.fileName) is not finite: \(detection.score)")
    }
    return head + shape + ",\"score\":\(detection.score)}"
  }

  private static func json(_ id: COCOIdentifier) throws -> String {
    switch id {
    case .number(let number): "\(number)"
    case .text(let text): String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }
  }
}

/// Makes detections of a file's entries.
private struct ResultParser {
  private let dataset: COCODataset
  private let name: String
  private let imageIndices: [COCOIdentifier: Int]
  private let categoryIndices: [COCOIdentifier: Int]
  /// Whether boxes decide about sizes: the first entry has one.
  private var hasBoxes: Bool?

  init(_ dataset: COCODataset, name: String) {
    self.dataset = dataset
    self.name = name
    imageIndices = Dictionary(uniqueKeysWithValues: dataset.images.enumerated().map { ($1.id, $0) })
    categoryIndices = Dictionary(uniqueKeysWithValues: dataset.categories.enumerated().map { ($1.id, $0) })
  }

  mutating func detection(_ reader: inout JSONReader, number: Int) throws -> COCODetection {
    var (imageID, categoryID, score) = (COCOIdentifier?.none, COCOIdentifier?.none, Double?.none)
    var numbers: [Double] = []
    var segmentation = COCOSegmentationRecord.none
    try reader.forEachField { key, reader in
      switch key {
      case "image_id": imageID = try reader.identifier()
      case "category_id": categoryID = try reader.identifier()
      case "score": score = try reader.number()
      case "bbox": numbers = try reader.numbers()
      case "segmentation": segmentation = try COCOSegmentationRecord(&reader)
      default: try reader.skip()
      }
    }
    guard let imageID, let categoryID, let score else {
      throw fault(number, "lacks image_id, category_id or score")
    }
    guard let image = imageIndices[imageID] else { throw fault(number, "is of image \(imageID), which is not listed") }
    guard let category = categoryIndices[categoryID] else {
      throw fault(number, "is of category \(categoryID), which is not listed")
    }
    guard score.isFinite else { throw fault(number, "has a score that is not finite") }
    let mask = try mask(segmentation, of: dataset.images[image], number: number)
    let hasBox = !numbers.isEmpty
    guard hasBox || mask != nil else { throw fault(number, "has neither bbox nor segmentation") }
    guard !hasBox || (numbers.count == 4 && numbers.allSatisfy(\.isFinite)) else {
      throw fault(number, "has a bbox that is not four finite numbers")
    }
    hasBoxes = hasBoxes ?? hasBox
    guard hasBoxes == hasBox else { throw fault(number, "is with or without a bbox, unlike those before it") }
    let box = hasBox ? BoundingBox(left: numbers[0], top: numbers[1], width: numbers[2], height: numbers[3]) : nil
    return COCODetection(
      image: image, category: category, score: score, box: box ?? mask!.boundingBox, mask: mask,
      maskSizeArea: mask == nil ? nil : box?.area)
  }

  private func mask(
    _ segmentation: COCOSegmentationRecord, of image: COCODataset.Image, number: Int
  ) throws -> RunLengthMask? {
    switch segmentation {
    case .none: return nil
    case .polygons: throw fault(number, "has polygons: results have run lengths")
    case .runs(let counts, let size):
      guard size == [image.height, image.width] else {
        throw fault(number, "has a mask of size \(size) where the image has \([image.height, image.width])")
      }
      do {
        return try RunLengthMask(counts: counts.get(), height: image.height, width: image.width)
      } catch {
        throw fault(number, "has a mask that is wrong: \(error)")
      }
    }
  }

  private func fault(_ number: Int, _ problem: String) -> DatasetError {
    DatasetError("\(name): result \(number + 1) \(problem)")
  }
}
