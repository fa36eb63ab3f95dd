import DurableFiles
public import Foundation
import SplitMaskCore
import TarFiles

extension ImageDataset {
  /// Lists the images of one or several sources, in the order given.
  ///
  /// - Parameters:
  ///   - paths: Folders, lists of images, tar shards, single images (see `ImageSource.Kind`).
  ///   - labelled: Whether each image must have a class: the first level of folders, what a list says, or the `.cls`
  ///     member beside it in a shard.
  ///   - classNames: The classes of another data set whose labels this one's must mean the same as; by default those
  ///     found, sorted (by value when all are numbers).
  ///   - indexFolder: A folder in which the indexes of tar shards are kept from one time to the next, made if need be;
  ///     nil reads a shard's headers each time.
  ///   - channelFiles: A pattern of the names of files that hold one channel of an image each, such as
  ///     `{site}_w{channel}.tif`: `{channel}` tells the channels of an image apart, every other `{name}` tells images
  ///     apart, and `*` is any text. With a slash it describes as many of a path's last components. Every file has to
  ///     have one channel, of the size and the type of the image's others; GDAL's nodata is not kept. Nil takes every
  ///     file for an image.
  /// - Throws: `DatasetError` when a path is missing, nothing readable is found, a class is missing or unknown, or the
  ///   pattern describes no whole image.
  public init(
    paths: [String], labelled: Bool = false, classNames: [String]? = nil, indexFolder: URL? = nil,
    channelFiles: String? = nil
  ) throws {
    try self.init(
      sources: paths.map { try ImageSource(path: $0) }, labelled: labelled, classNames: classNames,
      indexFolder: indexFolder, channelFiles: channelFiles)
  }

  /// Lists the images of one or several sources, in the order given; see
  /// `init(paths:labelled:classNames:indexFolder:channelFiles:)`.
  public init(
    sources: [ImageSource], labelled: Bool = false, classNames: [String]? = nil, indexFolder: URL? = nil,
    channelFiles: String? = nil
  ) throws {
    try self.init(
      sources, labels: labelled ? .required : .none, classNames: classNames, indexFolder: indexFolder,
      channelFiles: channelFiles)
  }

  /// Lists the images of one or several sources with the classes that places give; without any, where one image has none, or
  /// where two of their names differ in their Unicode normalisation alone, or where the channels of one image have
  /// several; see `init(paths:labelled:classNames:indexFolder:channelFiles:)`.
  ///
  /// - Throws: `DatasetError` when a path is missing, nothing readable is found, or the pattern describes no whole image.
  public init(labelledWhereGiven paths: [String], indexFolder: URL? = nil, channelFiles: String? = nil) throws {
    try self.init(
      paths.map { try ImageSource(path: $0) }, labels: .whereGiven, classNames: nil, indexFolder: indexFolder,
      channelFiles: channelFiles)
  }

  /// Lists files that are known to be images, whatever their names, in the order given; nothing is looked at.
  ///
  /// - Parameters:
  ///   - names: Below the folder, or absolute.
  ///   - folder: The folder; empty for the working folder.
  /// - Throws: `DatasetError` without a name.
  public init(files names: [String], in folder: String = "") throws {
    var builder = DatasetBuilder(labels: .none, indexCache: nil)
    builder.addFiles(names, in: folder)
    self.init(entries: try builder.finish(classNames: nil))
  }

  /// Lists every image file below a folder, also where a mark says that there are no pictures to show: label maps, which
  /// are images of another kind.
  ///
  /// - Throws: `DatasetError` when there is none.
  package init(everyImageBelow folder: String) throws {
    var builder = DatasetBuilder(labels: .none, indexCache: nil, heedsMarks: false)
    try builder.add(ImageSource(path: folder))
    self.init(entries: try builder.finish(classNames: nil))
  }

  private init(
    _ sources: [ImageSource], labels: DatasetBuilder.Labels, classNames: [String]?, indexFolder: URL?,
    channelFiles: String?
  ) throws {
    var builder = DatasetBuilder(
      labels: labels, indexCache: indexFolder.map(TarIndexCache.init),
      channelPattern: try channelFiles.map(ChannelPattern.init))
    for source in sources { try builder.add(source) }
    self.init(entries: try builder.finish(classNames: classNames))
  }
}

/// Collects the entries of several sources.
struct DatasetBuilder {
  /// Whether images have classes.
  enum Labels {
    /// Not asked for.
    case none
    /// Each must have one.
    case required
    /// They have where each of them has one.
    case whereGiven
  }

  let labels: Labels
  private let indexCache: TarIndexCache?
  /// Whether what is marked is passed over.
  private let heedsMarks: Bool
  let channelPattern: ChannelPattern?
  var channelFiles: ChannelFiles?
  var containers: [DatasetEntries.Container] = []
  var names = NameTable()
  var report = ListingReport()
  /// The key of a sample without a class whose images' names have further dots.
  private var shortenedKey: String?
  private var sources: [[UInt8]] = []
  /// Classes in order of appearance; `places` are places in it until all classes are known, -1
  /// without a class.
  var classes: [String] = []
  /// By the bytes of the names: text is equal, too, where only the Unicode normalisation differs.
  private var placeOfClass: [[UInt8]: Int32] = [:]
  var places: [Int32] = []

  init(
    labels: Labels, indexCache: TarIndexCache?, heedsMarks: Bool = true, channelPattern: ChannelPattern? = nil
  ) {
    self.labels = labels
    self.indexCache = indexCache
    self.heedsMarks = heedsMarks
    self.channelPattern = channelPattern
  }

  private var labelled: Bool { labels != .none }

  /// - Throws: `DatasetError` when the source holds no image.
  mutating func add(_ source: ImageSource) throws {
    let before = names.count
    sources.append(Array(source.path.utf8))
    switch source.kind {
    case .folder: try addFolder(source.path)
    case .list: try addList(source.path)
    case .shard: try addShard(Array(source.path.utf8), classOfFolder: nil)
    case .image:
      containers.append(
        DatasetEntries.Container(
          path: [], firstFile: names.count, ranges: nil, holdsPlanes: false, isSingleImage: true))
      append(Array(source.path.utf8), class: nil)
    case .table: try addListed(LabelTable.read(source.path, labelled: labels == .required))
    case .imageNetList: try addListed(ImageNetList.read(source.path))
    case .iNaturalist: try addListed(INaturalistFile.read(source.path))
    case .food101: try addListed(Food101List.read(source.path))
    case .domainNet: try addListed(DomainNetList.read(source.path))
    case .cifar: try addBatches(source.path)
    }
    guard names.count > before else {
      throw DatasetError("no image in \(source.path)" + (report.problems.last.map { ": \($0)" } ?? ""))
    }
  }

  /// - Throws: `DatasetError` when an image has no class, or one that is not in `classNames`.
  consuming func finish(classNames expected: [String]?) throws -> DatasetEntries {
    guard names.count > 0 else { throw DatasetError("no source of images was given") }
    guard names.count <= Int(Int32.max) else { throw DatasetError("more than 2^31 images; use a part of them") }
    try groupChannels()
    let twin = twinClass
    let unlabelled = places.indices.filter { places[$0] < 0 }
    guard labels == .required || labels == .whereGiven && unlabelled.isEmpty && twin == nil else {
      return entries(labels: [], classNames: [])
    }
    guard unlabelled.isEmpty else {
      let examples = unlabelled.prefix(3).map { PrintableName.text(names[channelFiles?.first(of: $0) ?? $0]) }
      throw DatasetError(
        """
        \(unlabelled.count) of \(places.count) images have no class, such as \(examples.joined(separator: ", ")); a class \
        is the first level of folders, what follows a tab in a list or a comma in a .csv file, or a .cls file in a shard\
        \(shortenedKey.map { ", whose key ends at the first dot of a name, here '\($0)'" } ?? "")
        """)
    }
    if let twin {
      throw DatasetError(
        """
        the class '\(twin)' is there in two Unicode normalisations (macOS writes NFD, Linux NFC); give both the same name if \
        they are one class, else other names
        """)
    }
    let sorted = expected ?? Self.sorted(classes)
    let labelOfClass = Dictionary(
      sorted.enumerated().map { (Array($1.utf8), Int32($0)) }, uniquingKeysWith: { first, _ in first })
    let labelsOfPlaces = classes.map { labelOfClass[Array($0.utf8)] }
    let unknown = zip(classes, labelsOfPlaces).filter { $1 == nil }.map(\.0)
    guard unknown.isEmpty else {
      let twin = unknown.first { name in sorted.contains { $0 == name } }
      throw DatasetError(
        """
        classes that are not among the \(sorted.count) expected: \(unknown.prefix(5).joined(separator: ", ")); \
        training and test images must have the same classes\
        \(twin.map { ". '\($0)' is expected in another Unicode normalisation (macOS writes NFD, Linux NFC); rename it" } ?? "")
        """)
    }
    let final = labelsOfPlaces.map { $0! }
    return entries(labels: places.map { final[Int($0)] }, classNames: sorted)
  }

  func entries(labels: [Int32], classNames: [String]) -> DatasetEntries {
    DatasetEntries(
      containers: containers, names: names, channelFiles: channelFiles, labels: labels, classNames: classNames,
      report: report, sources: sources)
  }

  /// A class whose name is another's in another Unicode normalisation: nobody could tell them apart by their names.
  private var twinClass: String? {
    var known: Set<String> = []
    return classes.first { !known.insert($0).inserted }
  }

  private static func sorted(_ classes: [String]) -> [String] {
    let numbers = classes.compactMap { Int($0) }
    guard numbers.count == classes.count else {
      return classes.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    return zip(numbers, classes).sorted { $0 < $1 }.map(\.1)
  }

  private mutating func begin(container path: [UInt8], ranges: [Range<Int>]?, holdsPlanes: Bool = false) {
    containers.append(
      DatasetEntries.Container(path: path, firstFile: names.count, ranges: ranges, holdsPlanes: holdsPlanes))
  }

  private mutating func append(_ name: some Collection<UInt8>, class className: String?) {
    names.append(name)
    label(className)
  }

  /// Notes the class of the next name.
  private mutating func label(_ className: String?) {
    guard labelled else { return }
    guard let className else { return places.append(-1) }
    let key = Array(className.utf8)
    if let place = placeOfClass[key] {
      places.append(place)
    } else {
      places.append(Int32(classes.count))
      placeOfClass[key] = Int32(classes.count)
      classes.append(className)
    }
  }

  private mutating func addFolder(_ path: String) throws {
    guard labels != .required || !Food101List.isWholeSet(path) else {
      throw DatasetError(
        "\(path) is the whole of Food-101; name one of its parts, \(path)/meta/train.txt or \(path)/meta/test.txt")
    }
    let walk = try FolderWalk(path, heedsMarks: heedsMarks)
    report.problems += walk.problems
    report.outputsPassedOver += walk.outputsPassedOver
    report.others.add(walk.others)
    if labels == .required { report.emptyClasses += walk.emptyFolders.map { PrintableName.text($0) } }
    let root = Self.withoutTrailingSlash(path)
    if walk.images.count == 0 {
      for (number, shard) in walk.shards.enumerated() {
        WorkProgress.report("reading the indexes of shards", done: number, total: walk.shards.count)
        try addShard(BytePath.joined(Array(root.utf8), shard), classOfFolder: Self.firstFolder(shard))
      }
      guard walk.shards.isEmpty else { return }
      guard walk.outputsPassedOver == 0 else {
        throw DatasetError(
          """
          no image in \(path) but \(walk.outputsPassedOver) that splitmask wrote, which are passed over; name them one by \
          one, or delete the file \(OutputMark.fileName) beside them, to have them read
          """)
      }
      guard walk.others.total > 0 else { throw DatasetError("\(path) is an empty folder") }
      throw DatasetError(
        """
        no image in \(path) among \(walk.others.total) files (\(walk.others)), such as \
        \(walk.others.examples.joined(separator: ", ")); read are \(ImageSource.imageExtensions.sorted().joined(separator: ", ")), and .tar shards of them
        """)
    }
    report.shardsBesideImages += walk.shards.count
    begin(container: Array(root.utf8), ranges: nil)
    names.append(contentsOf: walk.images)
    guard labelled else { return }
    for index in 0..<walk.images.count {
      let image = walk.images[index]
      label(Self.firstFolder(image))
    }
  }

  private mutating func addList(_ path: String) throws {
    let list: PathList
    do { list = try PathList(path: path) } catch { throw DatasetError("\(path): \(error)") }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) }
    // A list at the root of the file system has the empty folder name in front of its last slash.
    begin(container: Array((folder == "" ? "/" : folder ?? "").utf8), ranges: nil)
    for (index, label) in list.labels.enumerated() { append(list.paths[index], class: label) }
  }

  private mutating func addListed(_ listed: ListedImages) throws {
    let images = try listed.present()
    report.problems += images.problems
    begin(container: Array(images.root.utf8), ranges: nil)
    for (name, className) in zip(images.names, images.classes) { append(name, class: className) }
  }

  fileprivate mutating func addFiles(_ names: [String], in folder: String) {
    begin(container: Array(Self.withoutTrailingSlash(folder).utf8), ranges: nil)
    for name in names { append(Array(name.utf8), class: nil) }
  }

  private mutating func addBatches(_ path: String) throws {
    let files = CIFARBatch.files(in: path)
    for file in files.isEmpty ? [path] : files {
      let batch = try CIFARBatch(path: file)
      let classNames = CIFARBatch.classNames(beside: file)
      begin(container: Array(file.utf8), ranges: batch.labels.indices.map(CIFARBatch.range), holdsPlanes: true)
      for (image, label) in batch.labels.enumerated() { append(Array("\(image)".utf8), class: classNames[label]) }
    }
  }

  private mutating func addShard(_ path: [UInt8], classOfFolder: String?) throws {
    let name = PrintableName.text(path)
    let shard: WebDatasetShard
    do {
      shard = try WebDatasetShard(path: path, readClasses: labelled, cache: indexCache)
    } catch {
      report.problems.append(SkippedImage(index: nil, name: name, reason: "\(error)"))
      return
    }
    report.problems += shard.problems.map {
      SkippedImage(index: nil, name: name + ":" + $0.member, reason: $0.reason)
    }
    report.others.add(shard.others)
    begin(container: path, ranges: shard.images.map(\.range))
    for image in shard.images {
      let className = image.className ?? classOfFolder
      if labelled, className == nil { shortenedKey = shortenedKey ?? WebDatasetShard.shortenedKey(of: image.name) }
      append(image.name, class: className)
    }
  }

  private static func firstFolder(_ relative: some RandomAccessCollection<UInt8>) -> String? {
    relative.firstIndex(of: UInt8(ascii: "/")).map { PrintableName.text(relative[..<$0]) }
  }

  private static func withoutTrailingSlash(_ path: String) -> String {
    var path = path[...]
    while path.count > 1, path.last == "/" { path.removeLast() }
    return String(path)
  }
}
