public import Foundation
public import ImageData

/// Images with label maps in ADE20k's layout: `images/<split>/<name>.jpg`, `annotations/<split>/<name>.png`.
///
/// The images may lie in `<split>` instead, as those of the embedded data set do, and names may have folders in them.
/// In the files 0 is "nothing of these" and 1 the first class; as read, the first class is 0 and 255 is to be ignored
/// (METHODS §10.2).
public struct ADEFolder: Sendable {
  /// An image and its label map.
  public struct Pair: Hashable, Sendable {
    /// The path below the split's folder, without the file extension.
    public let name: String
    /// The image's file.
    public let image: URL
    /// The label map's file.
    public let annotation: URL
  }

  /// The names of the classes, the first one that of label 1 in the files.
  public let classNames: [String]
  /// The images, by name.
  public let pairs: [Pair]
  /// What was left out, and why.
  public let report: AnnotationReport

  /// Lists a split.
  ///
  /// - Parameters:
  ///   - folder: The folder with `images` and `annotations`.
  ///   - split: The folder's name below those two, such as `training`.
  ///   - classList: The list of classes; nil for `classes.txt` or ADE20k's own `objectInfo150.txt` in the folder.
  ///   - strict: Whether a label map without an image is an error.
  /// - Throws: `FileError`; `DatasetError` when there are no images, when an image has no label map, or when the list of
  ///   classes is missing or of no use.
  public init(_ folder: URL, split: String, classList: URL? = nil, strict: Bool = false) throws {
    classNames = try ClassList(classList ?? ClassList.find(in: folder)).names
    let imageFolder = Self.imageFolder(folder, split: split)
    let images = try ImageDataset(paths: [imageFolder.path])
    let annotationFolder = folder.appending(path: "annotations/\(split)")
    var maps = Self.maps(in: annotationFolder)
    var pairs: [Pair] = []
    var without: [String] = []
    for index in 0..<images.count {
      let file = URL(filePath: images.name(of: index))
      let name = Self.name(of: file, below: imageFolder)
      if let map = maps.removeValue(forKey: name) {
        pairs.append(Pair(name: name, image: file, annotation: map))
      } else {
        without.append(name)
      }
    }
    if let first = without.first {
      let path = annotationFolder.appending(path: "\(first).png").path
      let others = without.count > 1 ? ", and so are those of \(without.count - 1) more images" : ""
      throw DatasetError("the label map \(path) is missing\(others). Add it, or take the image away")
    }
    var report = AnnotationReport()
    for name in maps.keys.sorted() { report.add(.labelMapWithoutImage, "\(name).png") }
    if let errors = report.errors(strict: strict) { throw DatasetError("\(annotationFolder.path): \(errors)") }
    self.pairs = pairs.sorted { $0.name < $1.name }
    self.report = report
  }

  /// Reads a label map: classes from 0, 255 where nothing counts.
  ///
  /// - Parameters:
  ///   - index: The index of the pair.
  ///   - width: The image's columns, after its EXIF orientation.
  ///   - height: The image's rows.
  /// - Throws: `DatasetError`, naming the file, when it cannot be read, is of another size than the image, or holds a value
  ///   above the number of classes (255 is to be ignored, as 0 is).
  public func labels(_ index: Int, width: Int, height: Int) throws -> LabelMap {
    let file = pairs[index].annotation
    let stored: LabelMap
    do {
      stored = try EncodedImage(Data(contentsOf: file)).decodeLabels()
    } catch {
      throw DatasetError("the label map \(file.path) \(error)")
    }
    guard stored.width == width, stored.height == height else {
      throw DatasetError(
        "the label map \(file.path) is \(stored.width) x \(stored.height), and its image \(width) x \(height)")
    }
    let classCount = classNames.count
    if let value = stored.values.first(where: { Int($0) > classCount && $0 != SegmentationMetrics.ignoredLabel }) {
      throw DatasetError(
        "the label map \(file.path) holds the value \(value), and there are \(classCount) classes (0 is ignored)")
    }
    // 0 wraps around to 255.
    let values = stored.values.map { $0 == SegmentationMetrics.ignoredLabel ? $0 : $0 &- 1 }
    return LabelMap(width: width, height: height, values: values)
  }

  /// Reads a label map and asks the image's file for its size.
  ///
  /// - Throws: As ``labels(_:width:height:)``; `DatasetError` also when the image cannot be read.
  public func labels(_ index: Int) throws -> LabelMap {
    let header: ImageHeader
    do {
      header = try EncodedImage(Data(contentsOf: pairs[index].image)).header()
    } catch {
      throw DatasetError("the image \(pairs[index].image.path) \(error)")
    }
    return try labels(index, width: header.width, height: header.height)
  }

  private static func imageFolder(_ folder: URL, split: String) -> URL {
    let usual = folder.appending(path: "images/\(split)")
    let other = folder.appending(path: split)
    let files = FileManager.default
    return !files.fileExists(atPath: usual.path) && files.fileExists(atPath: other.path) ? other : usual
  }

  /// The PNG files below a folder by their name.
  private static func maps(in folder: URL) -> [String: URL] {
    guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return [:] }
    var maps: [String: URL] = [:]
    for case let file as URL in files where file.pathExtension.lowercased() == "png" {
      maps[name(of: file, below: folder)] = file
    }
    return maps
  }

  private static func name(of file: URL, below folder: URL) -> String {
    let path = file.deletingPathExtension().standardizedFileURL.path
    let root = folder.standardizedFileURL.path
    return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
  }
}
