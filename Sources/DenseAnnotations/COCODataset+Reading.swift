import DurableFiles
public import Foundation
import ImageData

extension COCODataset {
  /// Reads COCO's instances.
  ///
  /// Polygons, compressed and uncompressed run lengths, crowds and boxes alone are understood. What is missing is made up
  /// for where that is possible: a box or an area is taken from the mask, an area from the box, no `iscrowd` means no crowd.
  ///
  /// - Parameters:
  ///   - url: The JSON file.
  ///   - imageFolder: The folder of the images, out of which no file name may lead; those whose file is not there are left
  ///     out. Nil does not look.
  ///   - strict: Whether anything that would be left out is an error instead.
  /// - Throws: `FileError`; `DatasetError` for a file that is no such JSON, for what ``AnnotationReport/Problem/isError``
  ///   says, and when no annotation is left.
  public init(_ url: URL, imageFolder: URL? = nil, strict: Bool = false) throws {
    let records = try MappedFile(url).withBytes { try COCORecords($0, name: url.path) }
    var builder = try COCODatasetBuilder(records, url: url, imageFolder: imageFolder)
    for annotation in records.annotations { builder.add(annotation) }
    self = try builder.finish(strict: strict)
  }
}

/// Brings the records of a file together: ids become indices, and what cannot be used is noted.
private struct COCODatasetBuilder {
  private let url: URL
  private let images: [COCODataset.Image]
  private let categories: [COCODataset.Category]
  private let imageIndices: [COCOIdentifier: Int]
  /// Ids of images that the file lists but whose own file is missing.
  private let missingImages: Set<COCOIdentifier>
  private let categoryIndices: [COCOIdentifier: Int]
  private let recordCount: Int
  private var annotations: [COCODataset.Annotation] = []
  private var report = AnnotationReport()
  /// Whether every box so far lies between 0 and 1, and whether any has a fraction.
  private var boxesAreWithinOne = true
  private var boxesHaveFractions = false

  init(_ records: COCORecords, url: URL, imageFolder: URL?) throws {
    self.url = url
    recordCount = records.annotations.count
    categories = records.categories.sorted { $0.id < $1.id }
    categoryIndices = try Self.indices(of: categories.map(\.id), kind: "category", url)
    let listed = records.images.sorted { $0.id < $1.id }
    _ = try Self.indices(of: listed.map(\.id), kind: "image", url)
    var present: [COCODataset.Image] = []
    var missing: Set<COCOIdentifier> = []
    for image in listed {
      let file = imageFolder?.appending(path: image.relativePath)
      if let imageFolder { try Self.checkPlace(of: image, in: imageFolder, url) }
      if let file, !FileManager.default.fileExists(atPath: file.path) {
        missing.insert(image.id)
        report.add(.imageFileMissing, file.path)
      } else {
        present.append(image)
      }
    }
    if present.isEmpty, let folder = imageFolder, !listed.isEmpty {
      throw DatasetError(
        "none of the \(listed.count) images that \(url.path) lists is in \(folder.path): is it the right folder?")
    }
    images = present
    missingImages = missing
    imageIndices = try Self.indices(of: images.map(\.id), kind: "image", url)
  }

  /// - Throws: `DatasetError` for a file name that leads out of the folder of images: an absolute one, or one that climbs.
  private static func checkPlace(of image: COCODataset.Image, in folder: URL, _ url: URL) throws {
    var depth = 0
    // Some exporters begin paths below the folder with a slash.
    var climbs =
      image.fileName.hasPrefix("/")
      && !FileManager.default.fileExists(atPath: folder.appending(path: image.relativePath).path)
    for part in image.fileName.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      climbs = climbs || depth < 0
    }
    guard climbs else { return }
    throw DatasetError(
      """
      \(url.path): the file_name of image \(image.id), '\(image.fileName)', leads out of the folder of images. Write paths \
      below that folder into the file, and name the folder on the command line
      """)
  }

  private static func indices(of ids: [COCOIdentifier], kind: String, _ url: URL) throws -> [COCOIdentifier: Int] {
    try Dictionary(ids.enumerated().map { ($1, $0) }) { first, _ in
      throw DatasetError("\(url.path) lists two of the \(kind) id \(ids[first])")
    }
  }

  mutating func add(_ record: COCORecords.Annotation) {
    let name = "annotation \(record.id)"
    // What belongs to an image that was left out was counted with it.
    if missingImages.contains(record.imageID) { return }
    guard let imageIndex = imageIndices[record.imageID] else {
      return report.add(.imageNotListed, "\(name) of image \(record.imageID)")
    }
    guard let category = categoryIndices[record.categoryID] else {
      return report.add(.categoryNotListed, "\(name) of category \(record.categoryID)")
    }
    let image = images[imageIndex]
    guard let shape = segmentation(of: record, image, name) else { return }
    guard let box = box(of: record, shape.segmentation, image, name) else { return }
    let annotation = COCODataset.Annotation(
      id: record.id, image: imageIndex, category: category, box: box,
      area: record.area ?? shape.segmentation.map { Double(mask($0, image).area) } ?? box.area,
      isCrowd: record.isCrowd, segmentation: shape.segmentation)
    annotations.append(annotation)
  }

  /// The mask, checked; nil when it is wrong, which is noted.
  private mutating func segmentation(
    of record: COCORecords.Annotation, _ image: COCODataset.Image, _ name: String
  ) -> (segmentation: COCODataset.Segmentation?, Void)? {
    switch record.segmentation {
    case .none: return (nil, ())
    case .polygons(let polygons):
      for polygon in polygons where !Self.isPolygon(polygon) {
        report.add(.polygon, "\(name) in \(image.fileName), \(polygon.count) coordinates")
        return nil
      }
      return (.polygons(polygons), ())
    case .runs(let counts, let size):
      do {
        guard size == [image.height, image.width] else {
          throw DatasetError("it is of size \(size) and the image \([image.height, image.width])")
        }
        return (.runs(try RunLengthMask(counts: counts.get(), height: image.height, width: image.width)), ())
      } catch {
        report.add(.runLengths, "\(name) in \(image.fileName): \(error)")
        return nil
      }
    }
  }

  private static func isPolygon(_ polygon: [Double]) -> Bool {
    polygon.count >= 6 && polygon.count % 2 == 0
      && polygon.allSatisfy { abs($0) <= RunLengthMask.coordinateLimit }
  }

  /// The box, checked; nil when it is of no use, which is noted.
  private mutating func box(
    of record: COCORecords.Annotation, _ segmentation: COCODataset.Segmentation?, _ image: COCODataset.Image,
    _ name: String
  ) -> BoundingBox? {
    let example = "\(name) in \(image.fileName)"
    let box: BoundingBox
    if let numbers = record.box {
      guard numbers.count == 4, numbers.allSatisfy(\.isFinite) else {
        report.add(.boxNotFinite, example)
        return nil
      }
      box = BoundingBox(left: numbers[0], top: numbers[1], width: numbers[2], height: numbers[3])
      // Sums of rounded fractions may be a little above 1.
      boxesAreWithinOne =
        boxesAreWithinOne && box.left >= 0 && box.top >= 0 && box.left + box.width < 1.001
        && box.top + box.height < 1.001
      boxesHaveFractions = boxesHaveFractions || numbers.contains { $0 != $0.rounded() }
    } else if let segmentation {
      box = mask(segmentation, image).boundingBox
    } else {
      report.add(.boxNotFinite, "\(example), which has neither box nor mask")
      return nil
    }
    guard box.width > 0, box.height > 0 else {
      report.add(.boxEmpty, example)
      return nil
    }
    guard box.meets(width: image.width, height: image.height) else {
      report.add(.boxOutsideImage, example)
      return nil
    }
    return box
  }

  private func mask(_ segmentation: COCODataset.Segmentation, _ image: COCODataset.Image) -> RunLengthMask {
    switch segmentation {
    case .runs(let mask): mask
    case .polygons(let polygons): RunLengthMask(polygons: polygons, height: image.height, width: image.width)
    }
  }

  func finish(strict: Bool) throws -> COCODataset {
    if let errors = report.errors(strict: strict) {
      throw DatasetError("\(url.path) cannot be used:\n\(errors)")
    }
    guard !boxesAreWithinOne || !boxesHaveFractions else {
      throw DatasetError(
        """
        \(url.path): every box lies between 0 and 1, as fractions of its image, and COCO's boxes are in pixels. Multiply \
        left and width by the image's width, top and height by its height
        """)
    }
    guard !annotations.isEmpty else {
      let cause = recordCount == 0 ? "it has no annotations at all" : "no annotation of its \(recordCount) can be used"
      throw DatasetError("\(url.path) has nothing to learn from: \(cause)\(report.isEmpty ? "" : "\n\(report)")")
    }
    return COCODataset(url: url, images: images, categories: categories, annotations: annotations, report: report)
  }
}
