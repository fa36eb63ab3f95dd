import Foundation
import ImageData

/// The lists of an instances file as they are written, before anything is looked up.
struct COCORecords {
  /// One entry of `annotations`.
  struct Annotation {
    var id = 0
    var imageID = 0
    var categoryID = 0
    /// As many numbers as are written; nil for none.
    var box: [Double]?
    var area: Double?
    var isCrowd = false
    var segmentation = COCOSegmentationRecord.none
  }

  private(set) var images: [COCODataset.Image] = []
  private(set) var categories: [COCODataset.Category] = []
  private(set) var annotations: [Annotation] = []

  /// - Throws: `DatasetError` for what is not such a file, with the place or the entry.
  init(_ bytes: UnsafeRawBufferPointer, name: String) throws {
    var reader = JSONReader(bytes, name: name)
    var lists: Set<String> = []
    guard reader.next() == "{" else {
      throw DatasetError("\(name) is not a file of COCO annotations: it is no JSON object. Is it a file of results?")
    }
    try reader.forEachField { key, reader in
      switch key {
      case "images": try reader.forEachElement { images.append(try Self.image(&$0, name)) }
      case "categories": try reader.forEachElement { categories.append(try Self.category(&$0, name)) }
      case "annotations": try reader.forEachElement { annotations.append(try Self.annotation(&$0, name)) }
      default: try reader.skip()
      }
      lists.insert(key)
    }
    try reader.finish()
    for key in ["images", "annotations", "categories"] where !lists.contains(key) {
      throw DatasetError("\(name) is not a file of COCO annotations: it has no list '\(key)'")
    }
    if images.isEmpty { throw DatasetError("\(name) lists no images") }
    if categories.isEmpty { throw DatasetError("\(name) lists no categories") }
  }

  private static func image(_ reader: inout JSONReader, _ file: String) throws -> COCODataset.Image {
    var id: Int?
    var (name, width, height) = ("", 0, 0)
    try reader.forEachField { key, reader in
      switch key {
      case "id": id = try reader.integer()
      case "file_name": name = try reader.string()
      case "width": width = try reader.integer()
      case "height": height = try reader.integer()
      default: try reader.skip()
      }
    }
    guard let id else { throw DatasetError("\(file) lists an image without an id, \(name)") }
    guard !name.isEmpty else { throw DatasetError("\(file): image \(id) has no file_name") }
    guard (1...65_535).contains(width), (1...65_535).contains(height), width * height <= EncodedImage.defaultPixelLimit
    else { throw DatasetError("\(file): image \(id), \(name), cannot be \(width) pixels wide and \(height) high") }
    return COCODataset.Image(id: id, fileName: name, width: width, height: height)
  }

  private static func category(_ reader: inout JSONReader, _ file: String) throws -> COCODataset.Category {
    var id: Int?
    var name = ""
    try reader.forEachField { key, reader in
      switch key {
      case "id": id = try reader.integer()
      case "name": name = try reader.string()
      default: try reader.skip()
      }
    }
    guard let id else { throw DatasetError("\(file) lists a category without an id, \(name)") }
    return COCODataset.Category(id: id, name: name.isEmpty ? "\(id)" : name)
  }

  private static func annotation(_ reader: inout JSONReader, _ file: String) throws -> Annotation {
    var (id, image, category) = (Int?.none, Int?.none, Int?.none)
    var record = Annotation()
    try reader.forEachField { key, reader in
      switch key {
      case "id": id = try reader.integer()
      case "image_id": image = try reader.integer()
      case "category_id": category = try reader.integer()
      case "bbox":
        if !reader.takeNull(), case let numbers = try reader.numbers(), !numbers.isEmpty { record.box = numbers }
      case "area":
        if !reader.takeNull(), case let area = try reader.number(), area.isFinite { record.area = area }
      case "iscrowd": record.isCrowd = try reader.flag()
      case "segmentation": record.segmentation = try COCOSegmentationRecord(&reader)
      default: try reader.skip()
      }
    }
    guard let id else { throw DatasetError("\(file) lists an annotation without an id") }
    guard let image else { throw DatasetError("\(file): annotation \(id) has no image_id") }
    guard let category else { throw DatasetError("\(file): annotation \(id) has no category_id") }
    (record.id, record.imageID, record.categoryID) = (id, image, category)
    return record
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

extension JSONReader {
  /// Reads 0, 1, `false` or `true`; `null` is false.
  fileprivate mutating func flag() throws -> Bool {
    switch next() {
    case "t", "f", "n":
      let isTrue = next() == "t"
      try skip()
      return isTrue
    default: return try integer() != 0
    }
  }
}
