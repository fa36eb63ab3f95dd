import Foundation
import ImageCoding
import ImageData

/// The lists of an instances file as they are written, before anything is looked up.
struct COCORecords {
  /// One entry of `annotations`.
  struct Annotation {
    let id: COCOIdentifier
    let imageID: COCOIdentifier
    let categoryID: COCOIdentifier
    /// As many numbers as are written; nil for none.
    let box: [Double]?
    let area: Double?
    let isCrowd: Bool
    let segmentation: COCOSegmentationRecord
  }

  private(set) var images: [COCODataset.Image] = []
  private(set) var categories: [COCODataset.Category] = []
  private(set) var annotations: [Annotation] = []

  /// - Throws: `DatasetError` for what is not such a file, with the place or the entry.
  init(_ bytes: UnsafeRawBufferPointer, name: String) throws {
    var lists: Set<String> = []
    try JSONReader.read(bytes, name: name) { reader in
      guard reader.next() == "{" else {
        throw DatasetError("\(name) is not a file of COCO annotations: it is no JSON object. Is it a file of results?")
      }
      try reader.forEachField { key, reader in
        switch key {
        case "images": try reader.forEachElement { images.append(try Self.image(&$0)) }
        case "categories": try reader.forEachElement { categories.append(try Self.category(&$0)) }
        case "annotations": try reader.forEachElement { annotations.append(try Self.annotation(&$0)) }
        default: try reader.skip()
        }
        lists.insert(key)
      }
    }
    for key in ["images", "annotations", "categories"] where !lists.contains(key) {
      throw DatasetError("\(name) is not a file of COCO annotations: it has no list '\(key)'")
    }
    if images.isEmpty { throw DatasetError("\(name) lists no images") }
    if categories.isEmpty { throw DatasetError("\(name) lists no categories") }
  }

  private static func image(_ reader: inout JSONReader) throws -> COCODataset.Image {
    var id: COCOIdentifier?
    var (name, width, height) = ("", 0, 0)
    try reader.forEachField { key, reader in
      switch key {
      case "id": id = try reader.identifier()
      case "file_name": name = try reader.string()
      case "width": width = try reader.integer()
      case "height": height = try reader.integer()
      default: try reader.skip()
      }
    }
    guard let id else { throw JSONFault.entry("has no id") }
    guard !name.isEmpty else { throw JSONFault.entry("has no file_name") }
    guard (1...65_535).contains(width), (1...65_535).contains(height), width * height <= EncodedImage.defaultPixelLimit
    else { throw JSONFault.entry("is of \(name), which cannot be \(width) pixels wide and \(height) high") }
    return COCODataset.Image(id: id, fileName: name, width: width, height: height)
  }

  private static func category(_ reader: inout JSONReader) throws -> COCODataset.Category {
    var id: COCOIdentifier?
    var name = ""
    try reader.forEachField { key, reader in
      switch key {
      case "id": id = try reader.identifier()
      case "name": name = try reader.string()
      default: try reader.skip()
      }
    }
    guard let id else { throw JSONFault.entry("has no id") }
    return COCODataset.Category(id: id, name: name.isEmpty ? id.plain : name)
  }

  private static func annotation(_ reader: inout JSONReader) throws -> Annotation {
    var (id, image, category) = (COCOIdentifier?.none, COCOIdentifier?.none, COCOIdentifier?.none)
    var (box, area, isCrowd) = ([Double]?.none, Double?.none, false)
    var segmentation = COCOSegmentationRecord.none
    try reader.forEachField { key, reader in
      switch key {
      case "id": id = try reader.identifier()
      case "image_id": image = try reader.identifier()
      case "category_id": category = try reader.identifier()
      case "bbox":
        if !reader.takeNull(), case let numbers = try reader.numbers(), !numbers.isEmpty { box = numbers }
      case "area":
        if !reader.takeNull(), case let number = try reader.number(), number.isFinite { area = number }
      case "iscrowd": isCrowd = try reader.flag()
      case "segmentation": segmentation = try COCOSegmentationRecord(&reader)
      default: try reader.skip()
      }
    }
    guard let id else { throw JSONFault.entry("has no id") }
    guard let image else { throw JSONFault.entry("has no image_id") }
    guard let category else { throw JSONFault.entry("has no category_id") }
    return Annotation(
      id: id, imageID: image, categoryID: category, box: box, area: area, isCrowd: isCrowd, segmentation: segmentation)
  }
}

/// A `segmentation`, as it is written.
enum COCOSegmentationRecord {
  case none
  case polygons([[Double]])
  /// Run lengths, or why there are none; and the mask's height and width.
  case runs(Result<[UInt32], any Error>, size: [Int])

  init(_ reader: inout JSONReader) throws {
    if reader.takeNull() {
      self = .none
    } else if reader.next() == "[" {
      var polygons: [[Double]] = []
      try reader.forEachElement { polygons.append(try $0.numbers()) }
      polygons.removeAll(where: \.isEmpty)
      self = polygons.isEmpty ? .none : .polygons(polygons)
    } else {
      var runs = Result<[UInt32], any Error>.failure(DatasetError("it has no counts"))
      var size: [Int] = []
      try reader.forEachField { key, reader in
        switch key {
        case "size": try reader.forEachElement { size.append(try $0.integer()) }
        case "counts" where reader.next() == "\"":
          let text = try reader.string()
          runs = Result { try RunLengthMask.counts(ofCompressed: text) }
        case "counts":
          let numbers = try reader.numbers()
          runs = Result { try numbers.map(Self.count) }
        default: try reader.skip()
        }
      }
      self = .runs(runs, size: size)
    }
  }

  private static func count(_ number: Double) throws -> UInt32 {
    guard let count = UInt32(exactly: number) else { throw DatasetError("it has a run of length \(number)") }
    return count
  }
}
