public import Foundation
public import ImageCoding
public import ImageData

/// Images with label maps in ADE20k's layout: `images/<split>/<name>.jpg`, `annotations/<split>/<name>.png`.
///
/// The images may lie in `<split>` instead, as those of the embedded data set do, and names may have folders in them.
/// In ADE20k's files 0 is "nothing of these" and 1 the first class; a ``LabelMapping`` says so of other people's. As read,
/// the first class is 0 and 255 is to be ignored (mmsegmentation 0.11, `ade.py`).
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

  /// The names of the classes, the first one that of label 1 in ADE20k's files.
  public let classNames: [String]
  /// The images, by name.
  public let pairs: [Pair]
  /// What the values in the files stand for.
  public let labelMap: LabelMapping
  /// What was left out, and why.
  public let report: AnnotationReport

  /// The images' and the label maps' files, in the order of ``pairs``.
  private let images: ImageDataset
  private let maps: ImageDataset
  /// The label that each value stands for; nil for values that must not occur.
  private let labelOfValue: [UInt8?]

  /// Lists a split.
  ///
  /// - Parameters:
  ///   - folder: The folder with `images` and `annotations`.
  ///   - split: The folder's name below those two, such as `training`.
  ///   - classList: The list of classes; nil for `classes.txt` or ADE20k's own `objectInfo150.txt` in the folder.
  ///   - labelMap: What the values in the files stand for.
  ///   - channelFiles: The pattern of the names of files that hold one channel of an image each, as `ImageDataset` takes it;
  ///     a label map then has the name of its image's first channel. Nil takes every file for an image.
  ///   - strict: Whether a label map without an image is an error.
  /// - Throws: `FileError`; `DatasetError` when there are no images, when an image has no label map or two, when the list of
  ///   classes is missing or of no use, or when `labelMap` is of other classes.
  public init(
    _ folder: URL, split: String, classList: URL? = nil, labelMap: LabelMapping = .oneBased,
    channelFiles: String? = nil,
    strict: Bool = false
  ) throws {
    let names = try ClassList(classList ?? ClassList.find(in: folder)).names
    try labelMap.check(classNames: names)
    classNames = names
    self.labelMap = labelMap
    labelOfValue = (0...UInt8.max).map { labelMap.label(of: $0, classCount: names.count) }
    let annotationFolder = try Self.annotationFolder(folder, split: split)
    let images = try ImageDataset(
      paths: [Self.imageFolder(folder, split: split).path], channelFiles: channelFiles)
    let maps = try ImageDataset(everyImageBelow: annotationFolder.path)
    let matches = try PairMatches(images, maps, annotationFolder: annotationFolder)
    if let errors = matches.report.errors(strict: strict) {
      throw DatasetError("\(annotationFolder.path): \(errors)")
    }
    report = matches.report
    self.images = images.subset(matches.pairs.map(\.image))
    self.maps = maps.subset(matches.pairs.map(\.map))
    pairs = matches.pairs.map {
      Pair(
        name: $0.name, image: URL(filePath: images.name(of: $0.image)), annotation: URL(filePath: maps.name(of: $0.map))
      )
    }
  }

  /// The files of the images, in the order of ``pairs``.
  public func imageFiles() -> ImageDataset { images }

  /// Reads a label map: classes from 0, 255 where nothing counts.
  ///
  /// - Parameters:
  ///   - index: The index of the pair.
  ///   - width: The image's columns, after its EXIF orientation.
  ///   - height: The image's rows.
  /// - Throws: `DatasetError`, naming the file, when it cannot be read, is of another size than the image, or holds a value
  ///   that stands for no class.
  public func labels(_ index: Int, width: Int, height: Int) throws -> LabelMap {
    let stored = try storedLabels(index)
    try check(stored, of: index, width: width, height: height)
    let values = try stored.values.map { try label(of: $0, in: index) }
    return LabelMap(width: width, height: height, values: values)
  }

  /// Reads a label map and asks the image's file for its size.
  ///
  /// - Throws: As ``labels(_:width:height:)``; `DatasetError` also when the image cannot be read.
  public func labels(_ index: Int) throws -> LabelMap {
    let header: SampleHeader
    do {
      header = try imageHeader(index)
    } catch {
      throw DatasetError("the image \(images.name(of: index)) \(error)")
    }
    return try labels(index, width: header.width, height: header.height)
  }

  /// Reads a label map as it is stored.
  func storedLabels(_ index: Int) throws -> LabelMap {
    do {
      return try maps.withBytes(of: index) { try EncodedImage(bytes: $0).decodeLabels() }
    } catch {
      throw DatasetError("the label map \(maps.name(of: index)) \(error)")
    }
  }

  /// - Throws: `DatasetError` when a map is of another size than its image.
  func check(_ map: LabelMap, of index: Int, width: Int, height: Int) throws {
    guard map.width != width || map.height != height else { return }
    throw DatasetError(
      "the label map \(maps.name(of: index)) is \(map.width) x \(map.height), and its image \(width) x \(height)")
  }

  func imageHeader(_ index: Int) throws -> SampleHeader {
    try images.sampleHeader(of: index, buffer: FileBuffer())
  }

  /// The index of the class that a value stands for, 255 where it is ignored.
  ///
  /// - Throws: `DatasetError`, naming the label map, where it stands for nothing.
  func label(of value: UInt8, in index: Int) throws -> UInt8 {
    if let label = labelOfValue[Int(value)] { return label }
    throw DatasetError(
      "the label map \(maps.name(of: index)) holds the value \(value), "
        + labelMap.refusal(of: value, classCount: classNames.count))
  }

  /// - Throws: `DatasetError` that names the splits there are, where there is none of that name.
  private static func annotationFolder(_ folder: URL, split: String) throws -> URL {
    let all = folder.appending(path: "annotations")
    let wanted = all.appending(path: split)
    let files = FileManager.default
    guard !files.fileExists(atPath: wanted.path) else { return wanted }
    let splits = ((try? files.contentsOfDirectory(atPath: all.path)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    let advice =
      splits.isEmpty
      ? "label maps belong in annotations/\(split), images in images/\(split)"
      : "the splits there are: \(splits.prefix(10).joined(separator: ", ")); name one with --split"
    throw DatasetError("\(wanted.path): No such file or directory; \(advice)")
  }

  private static func imageFolder(_ folder: URL, split: String) -> URL {
    let usual = folder.appending(path: "images/\(split)")
    let other = folder.appending(path: split)
    let files = FileManager.default
    return !files.fileExists(atPath: usual.path) && files.fileExists(atPath: other.path) ? other : usual
  }
}

/// Brings images and label maps of the same name together.
private struct PairMatches {
  private(set) var pairs: [(name: String, image: Int, map: Int)] = []
  private(set) var report = AnnotationReport()

  /// - Throws: `DatasetError` when an image has no label map or two, or two images have the same.
  init(_ images: ImageDataset, _ maps: ImageDataset, annotationFolder: URL) throws {
    var mapOfName: [String: Int] = [:]
    for index in 0..<maps.count where maps.name(of: index).lowercased().hasSuffix(".png") {
      if let other = mapOfName.updateValue(index, forKey: Self.name(of: index, in: maps)) {
        throw DatasetError(
          "\(maps.name(of: other)) and \(maps.name(of: index)) would be the label map of one image; take one of them away"
        )
      }
    }
    var imageOfName: [String: Int] = [:]
    var without: [String] = []
    for index in 0..<images.count {
      let name = Self.name(of: index, in: images)
      if let other = imageOfName.updateValue(index, forKey: name) {
        throw DatasetError(
          "\(images.name(of: other)) and \(images.name(of: index)) would have the same label map; rename one of them")
      }
      if let map = mapOfName[name] { pairs.append((name, index, map)) } else { without.append(name) }
    }
    if let first = without.first {
      let path = annotationFolder.appending(path: "\(first).png").path
      let others = without.count > 1 ? ", and so are those of \(without.count - 1) more images" : ""
      let reason = maps.problems.first.map { " (\($0.name) \($0.reason))" } ?? ""
      throw DatasetError("the label map \(path) is missing\(others)\(reason). Add it, or take the image away")
    }
    for name in mapOfName.keys.sorted() where imageOfName[name] == nil {
      report.add(.labelMapWithoutImage, "\(name).png")
    }
    pairs.sort { $0.name < $1.name }
  }

  /// The path below the split's folder, without the file extension.
  private static func name(of index: Int, in files: ImageDataset) -> String {
    let path = files.relativeName(of: index)
    let file = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    return file.lastIndex(of: ".").map { String(path[..<$0]) } ?? path
  }
}
