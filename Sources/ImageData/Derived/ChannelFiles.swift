import Foundation
import ImageCoding
import SplitMaskCore

/// Images that are made of files with one channel each.
struct ChannelFiles: Sendable {
  /// What told the files apart.
  let pattern: String
  /// Of each channel, in natural order: 1, 2, 10.
  let names: [String]
  /// Of each image in turn the numbers of its files, in the order of ``names``.
  private let files: [Int32]

  var imageCount: Int { files.count / names.count }

  func first(of image: Int) -> Int { Int(files[image * names.count]) }

  func all(of image: Int) -> [Int] { files[image * names.count..<(image + 1) * names.count].map { Int($0) } }
}

// MARK: - Grouping

extension ChannelFiles {
  /// What of the files is in no image.
  struct Rest {
    /// Images that lack a channel.
    var problems: [SkippedImage] = []
    /// Files that the pattern does not describe.
    var unmatched = 0
    /// The name of the first of them.
    var example: String?
  }

  /// Groups files, in the order of each image's first.
  ///
  /// - Parameters:
  ///   - count: how many files there are.
  ///   - path: of a file.
  ///   - rest: what is in no image.
  /// - Throws: `DatasetError` where the pattern describes no file, or two of one channel, or where no image is whole.
  init(_ count: Int, by pattern: ChannelPattern, path: (Int) -> [UInt8], rest: inout Rest) throws {
    var images: [[UInt8]: Int] = [:]
    var channels: [[UInt8]: Int] = [:]
    var found: [(file: Int, image: Int, channel: Int)] = []
    for file in 0..<count {
      guard let match = pattern.match(path(file)) else {
        rest.unmatched += 1
        rest.example = rest.example ?? PrintableName.text(path(file))
        continue
      }
      let image = images[match.image, default: images.count]
      let channel = channels[match.channel, default: channels.count]
      images[match.image] = image
      channels[match.channel] = channel
      found.append((file, image, channel))
    }
    guard !found.isEmpty else { throw Self.nothingFound(count, pattern, path) }
    let order = Self.naturalOrder(channels)
    names = order.map { PrintableName.text($0) }
    self.pattern = pattern.text
    var table = [Int32](repeating: -1, count: images.count * order.count)
    let ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { (channels[$1]!, $0) })
    for (file, image, channel) in found {
      let place = image * order.count + ranks[channel]!
      guard table[place] < 0 else {
        throw DatasetError(
          """
          two files are channel \(names[ranks[channel]!]) of one image by the pattern '\(pattern.text)': \
          \(PrintableName.text(path(Int(table[place])))) and \(PrintableName.text(path(file))); put a {name} where their \
          names differ, if they are of different images
          """)
      }
      table[place] = Int32(file)
    }
    files = Self.whole(table, names) { image, missing in
      rest.problems.append(
        SkippedImage(
          index: nil, name: PrintableName.text(path(image)),
          reason: "lacks channel \(missing.joined(separator: ", ")), which others have"))
    }
    guard !files.isEmpty else {
      let counts = ranks.sorted { $0.value < $1.value }.map { place, rank in
        "\(names[rank]) (\(found.count { $0.channel == place }) files)"
      }
      throw DatasetError(
        """
        no image has all of the channels that the pattern '\(pattern.text)' finds: \(counts.joined(separator: ", ")). \
        \(rest.problems[0]); make the pattern narrower, or leave files out
        """)
    }
  }

  /// The rows of a table that lack nothing; `report` is told the first file of each of the others and the channels that
  /// it lacks.
  private static func whole(_ table: [Int32], _ names: [String], report: (Int, [String]) -> Void) -> [Int32] {
    var files: [Int32] = []
    for start in stride(from: 0, to: table.count, by: names.count) {
      let row = table[start..<start + names.count]
      let missing = zip(names, row).filter { $1 < 0 }.map(\.0)
      if missing.isEmpty { files += row } else { report(Int(row.first { $0 >= 0 }!), missing) }
    }
    return files
  }

  private static func naturalOrder(_ channels: [[UInt8]: Int]) -> [[UInt8]] {
    channels.keys.sorted { left, right in
      let order = PrintableName.text(left).compare(PrintableName.text(right), options: .numeric)
      return order == .orderedSame ? left.lexicographicallyPrecedes(right) : order == .orderedAscending
    }
  }

  private static func nothingFound(_ count: Int, _ pattern: ChannelPattern, _ path: (Int) -> [UInt8]) -> DatasetError {
    let examples = (0..<min(count, 2)).map { PrintableName.text(path($0)) }.joined(separator: ", ")
    return DatasetError(
      """
      the pattern '\(pattern.text)' describes none of the \(count) files, such as \(examples); it has to describe a file's \
      whole name, with its ending, as '{site}_w{channel}.tif' does
      """)
  }
}

// MARK: - Reading

extension ChannelFiles {
  /// One file of an image.
  struct File {
    /// Of its channel.
    let channel: String
    /// For messages.
    let path: String
    let header: SampleHeader

    var description: String {
      "\(header.width) x \(header.height) pixels, \(PixelFormat.text(header.channelCount, header.sampleType))"
    }
  }

  /// An image as one file of NumPy's, its channels in order.
  ///
  /// - Parameters:
  ///   - image: its number.
  ///   - path: of a file, for messages.
  ///   - read: calls its second argument with the bytes of a file.
  /// - Throws: `ImageError` that names the file where one cannot be read, has several channels, or is not like the first.
  func encoded(
    _ image: Int, path: (Int) -> String,
    read: (Int, (UnsafeRawBufferPointer) throws -> (File, SampleImage)) throws -> (File, SampleImage)
  ) throws -> [UInt8] {
    var first: File?
    var array: SampleArrayFile?
    for (channel, number) in all(of: image).enumerated() {
      let (name, path) = (names[channel], path(number))
      do {
        let (file, samples) = try read(number) { bytes in
          let encoded = EncodedImage(bytes: bytes)
          let file = File(channel: name, path: path, header: try encoded.sampleHeader())
          try file.check(against: first)
          return (file, try encoded.decodeSamples())
        }
        let common = first ?? file
        first = common
        try array.set(channel, of: names.count, to: file.values(of: samples, like: common), of: file.header.sampleType)
      } catch let error as ImageError { throw error.of("its channel \(name), \(path),") }
    }
    return array!.bytes
  }
}

extension ChannelFiles {
  /// What an image says of its samples, by its first file.
  ///
  /// - Throws: `ImageError` for a file of several channels.
  func header(_ first: SampleHeader) throws -> SampleHeader {
    try File(channel: names[0], path: "", header: first).check(against: nil)
    let file = try SampleArrayFile(
      width: 1, height: names.count, channelCount: names.count, sampleType: first.sampleType)
    var header = try EncodedImage(Data(file.bytes)).sampleHeader()
    (header.width, header.height, header.nodata) = (first.width, first.height, first.nodata)
    return header
  }
}

extension ChannelFiles.File {
  /// - Throws: `ImageError` for a file of several channels, or that is not like an image's first.
  fileprivate func check(against first: Self?) throws {
    guard header.channelCount == 1 else {
      throw ImageError.unsupported(
        "it has \(PixelFormat.text(header.channelCount, header.sampleType)), and files that are grouped have one each")
    }
    guard let first else { return }
    guard header.width == first.header.width, header.height == first.header.height,
      header.sampleType == first.header.sampleType
    else {
      throw ImageError.unsupported(
        "it has \(description), and channel \(first.channel), \(first.path), has \(first.description)")
    }
    guard header.nodata == nil || first.header.nodata != nil else {
      throw ImageError.unsupported(
        "it declares a nodata value, and channel \(first.channel), \(first.path), declares none: declare it in all files "
          + "(gdal_edit.py -a_nodata)")
    }
  }

  /// The file's samples, where what was not measured has the value that an image's first file gives that.
  fileprivate func values(of samples: SampleImage, like first: Self) -> SampleImage {
    guard let own = header.nodata.map({ Float($0) }), let common = first.header.nodata.map({ Float($0) }), own != common
    else { return samples }
    return SampleImage(
      width: samples.width, height: samples.height, channelCount: samples.channelCount,
      values: samples.values.map { $0 == own ? common : $0 })
  }
}

extension SampleArrayFile? {
  /// Sets a channel of a file that is made with the first.
  fileprivate mutating func set(_ channel: Int, of count: Int, to image: SampleImage, of type: SampleType) throws {
    if self == nil {
      self = try SampleArrayFile(
        width: image.width, height: image.height, channelCount: count, sampleType: type)
    }
    self!.set(channel: channel, to: image.values)
  }
}
