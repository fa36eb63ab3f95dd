public import ImageCoding
public import ImageData
import SplitMaskCore

/// What the images of a data set hold, and how a network sees it: settled once, before a run, by a sample of the files.
public struct PixelSurvey {
  /// Which channels, on which scale, with which statistics.
  public let normalization: PixelNormalization
  /// What people should know of the choice, a sentence each.
  public let notes: [String]

  /// Looks at headers and, where images are no 8-bit photographs, at the values of a sample.
  ///
  /// - Parameters:
  ///   - images: the data set.
  ///   - config: what somebody has said.
  /// - Throws: `InvalidSetting`; `DatasetError` for files that differ, for channels without a meaning or without values: it
  ///   names the counts, an example of each, and the setting that decides.
  public init(of images: ImageDataset, _ config: PixelConfig) throws {
    try config.validate()
    guard config.files == nil || images.channelFiles != nil else {
      throw InvalidSetting(
        "pixels.files",
        "is for images of several files, and each of these holds several channels, or was listed without it")
    }
    let stored = StoredImages(of: images)
    try stored.checkReadable()
    let (normalization, notes, sample) = try Self.normalization(of: images, stored, config)
    (self.normalization, self.notes) = (normalization, stored.unreadableNotes(beside: sample) + notes)
  }

  private static func normalization(
    of images: ImageDataset, _ stored: StoredImages, _ config: PixelConfig
  ) throws -> (PixelNormalization, notes: [String], sample: ImageSample) {
    let none = ImageSample()
    guard config.reading != .rgb else {
      return stored.arePhotographs
        ? (.imageNet, [], none) : (.converted, ["images are made 8-bit photographs: \(stored.description)"], none)
    }
    guard !stored.arePhotographs || config.asksForChannels || images.channelFiles != nil else {
      return (.imageNet, [], none)
    }
    let choice = try ChannelChoice(stored.common(), of: images, config)
    let values = try ChannelValues(
      of: images, choice, limit: ChannelValues.surveyLimit, scalesEachImage: config.scale == .image)
    let (normalization, notes) = try values.normalization(choice, config)
    return (normalization, notes, values.sample)
  }

  /// Compares the images with what an encoder was trained on.
  ///
  /// - Returns: what people should know, a sentence each.
  /// - Throws: `DatasetError` for files that the encoder cannot see.
  public static func check(_ images: ImageDataset, against normalization: PixelNormalization) throws -> [String] {
    guard let format = normalization.format else { return [] }
    let stored = StoredImages(of: images)
    for group in stored.groups where !group.header.fits(format) {
      throw DatasetError(
        """
        the encoder sees \(PixelFormat.text(format.fileChannelCount, format.sampleType)), and \
        \(group.description)\(wayOut(group.header, images, format))
        """)
    }
    let names = try nameDifferences(stored.channelNames(in: images), format)
    guard format.scalesEachImage != true else { return stored.unreadableNotes() + names }
    let values = try ChannelValues(of: images, ChannelChoice(format), limit: ChannelValues.checkLimit, isSettled: true)
    return stored.unreadableNotes(beside: values.sample) + names + values.differences(from: normalization, format)
  }
}

extension PixelSurvey {
  /// How files that an encoder cannot see as they are may be read so that it does; empty where nothing is known.
  private static func wayOut(_ header: SampleHeader, _ images: ImageDataset, _ format: PixelFormat) -> String {
    if let pattern = format.files, images.channelFiles == nil, header.channelCount == 1 {
      return
        "; it was trained on files of one channel each, whose names match '\(pattern)': say the pattern of these (--channel-files)"
    }
    let pages = PixelFormat.Pages.allCases.first {
      header.sampleType == format.sampleType && header.channelCount(reading: $0) == format.fileChannelCount
    }
    return pages.map { "; --pages \($0.rawValue) would read as many" } ?? ""
  }

  /// Where files call their channels otherwise than those that an encoder was trained on.
  ///
  /// - Parameter lists: the names that files give, each list once, with an example.
  /// - Throws: `DatasetError` where a channel is at another's place.
  private static func nameDifferences(
    _ lists: [(names: [String], example: String)], _ format: PixelFormat
  ) throws -> [String] {
    var notes: [String] = []
    for (names, example) in lists where names.count == format.fileChannelCount {
      let others = format.channels.filter { $0.name != names[$0.source - 1] && !names[$0.source - 1].isEmpty }
      if let moved = others.first(where: { names.contains($0.name) }) {
        throw DatasetError(
          """
          channel \(moved.source) of \(example) is '\(names[moved.source - 1])', where the encoder sees '\(moved.name)', which is \
          channel \(names.firstIndex(of: moved.name)! + 1) here; bring the channels into the encoder's order: \
          \(format.channels.map(\.name).joined(separator: ", "))
          """)
      }
      notes += others.map {
        "channel \($0.source) is '\(names[$0.source - 1])' here, and the encoder calls it '\($0.name)'"
      }
    }
    return notes
  }
}

/// The headers of a sample of a data set's files, those that are alike together.
struct StoredImages {
  /// Files that are alike.
  struct Group {
    let header: SampleHeader
    var count: Int
    let example: String

    var description: String {
      let (photographs, verb) = count == 1 ? ("is an 8-bit photograph", "has") : ("are 8-bit photographs", "have")
      let which = count == 1 ? example : "\(count) such as \(example)"
      return "\(which) \(header.isPhotographic8Bit ? photographs : "\(verb) \(header.summary)")"
    }
  }

  private static let sampleCount = 256

  private(set) var groups: [Group] = []
  /// The names that files give their channels, each list once, with an example.
  private var nameLists: [(names: [String], example: String)] = []
  private var sample = ImageSample()
  /// What was found unusable while the images were listed, such as an image that lacks the file of a channel.
  private var unlisted: [SkippedImage] = []

  init(of images: ImageDataset) {
    let buffer = FileBuffer()
    unlisted = images.problems
    for index in stride(from: 0, to: images.count, by: max(1, images.count / Self.sampleCount)) {
      do {
        let header = try images.sampleHeader(of: index, buffer: buffer)
        add(Group(header: header, count: 1, example: images.name(of: index)))
        if !header.channelNames.isEmpty, !nameLists.contains(where: { $0.names == header.channelNames }) {
          nameLists.append((header.channelNames, images.name(of: index)))
        }
        sample.look(at: index, of: images)
      } catch {
        sample.look(at: index, of: images, problem: error)
      }
    }
  }

  init(_ groups: [Group]) {
    for group in groups { add(group) }
  }

  private mutating func add(_ group: Group) {
    if let place = groups.firstIndex(where: { $0.header.isStoredAlike(group.header) }) {
      groups[place].count += group.count
    } else {
      groups.append(group)
    }
  }

  /// Whether nothing is lost where images are taken for 8-bit photographs.
  var arePhotographs: Bool { groups.allSatisfy { $0.header.isPhotographic8Bit } }

  /// Each group in words.
  var description: String {
    groups.sorted { $0.count > $1.count }.map(\.description).joined(separator: "; ")
  }

  /// - Throws: `DatasetError` where nothing is known of the images, because none can be read.
  func checkReadable() throws {
    guard groups.isEmpty, let example = sample.firstProblem else { return }
    throw DatasetError("none of \(sample.count) images that were looked at can be read, such as \(example)")
  }

  /// What a plan says of images that a run will leave out.
  ///
  /// - Parameter values: the images whose values were read, too.
  func unreadableNotes(beside values: ImageSample = ImageSample()) -> [String] {
    [unlistedNote, sample.union(values).note].compactMap(\.self)
  }

  private var unlistedNote: String? {
    unlisted.first.map { unlisted.count == 1 ? "left out: \($0)" : "\(unlisted.count) left out, such as \($0)" }
  }

  /// The names of channels: those that tell files of one channel apart, else those that files give, each list once.
  func channelNames(in images: ImageDataset) -> [(names: [String], example: String)] {
    images.channelNames.isEmpty ? nameLists : [(images.channelNames, "the images")]
  }

  /// - Throws: `DatasetError` where files give the same names to channels at other places.
  private func checkOrderOfNames() throws {
    guard let first = nameLists.first else { return }
    for other in nameLists.dropFirst() where other.names.count == first.names.count {
      for (place, name) in other.names.enumerated() where !name.isEmpty && name != first.names[place] {
        guard let moved = first.names.firstIndex(of: name) else { continue }
        throw DatasetError(
          """
          '\(name)' is channel \(moved + 1) of \(first.example) and channel \(place + 1) of \(other.example); bring the channels of \
          all images into one order
          """)
      }
    }
  }

  /// The header of all.
  ///
  /// - Throws: `DatasetError` where they differ, or none can be read.
  func common() throws -> SampleHeader {
    try checkReadable()
    guard groups.count == 1 else {
      throw DatasetError(
        """
        the images are not stored alike, of a sample of \(groups.reduce(0) { $0 + $1.count }): \(description). Leave some out, or \
        --reading rgb makes all of them 8-bit photographs
        """)
    }
    try checkOrderOfNames()
    return groups[0].header
  }
}

extension SampleHeader {
  /// Whether a network reads both in one way. Sizes may differ, and photographs may be grey, have opacity or not.
  func isStoredAlike(_ other: SampleHeader) -> Bool {
    if isPhotographic8Bit, other.isPhotographic8Bit { return true }
    return isPhotographic8Bit == other.isPhotographic8Bit && channelCount == other.channelCount
      && sampleType == other.sampleType && pageCount == other.pageCount && opacity == other.opacity
      && unspecifiedExtraChannels == other.unspecifiedExtraChannels
  }

  /// Whether files of a format look so.
  func fits(_ format: PixelFormat) -> Bool {
    channelCount(reading: format.pages) == format.fileChannelCount && sampleType == format.sampleType
  }

  /// "7 channels of uint16" and how many pages.
  var summary: String {
    let pages = pageCount > 1 ? " on each of \(pageCount) pages" : ""
    return isPhotographic8Bit
      ? "8-bit photographs" : PixelFormat.text(channelCount, sampleType) + pages
  }
}
