import ImageCoding
import ImageData

/// A few images of a scan as people see them: composites, and each channel alone where there are few.
struct ExamplePictures {
  private static let imageLimit = 12
  private static let channelLimit = 8
  private static let side = 128

  private let scan: DataScan
  private let images: ImageDataset

  init(_ scan: DataScan, of images: ImageDataset) {
    self.scan = scan
    self.images = images
  }

  /// Images evenly over the data set: those of one picture in one row, others in a row each. Images that cannot be read
  /// are left out.
  func rows() -> [PictureRow] {
    let examples = pictures()
    let alone = examples.filter { $0.pictures.count == 1 }
    let strip = PictureRow(title: "", pictures: alone.map { ($0.pictures[0].image, $0.title) })
    return (alone.isEmpty ? [] : [strip]) + examples.filter { $0.pictures.count > 1 }
  }

  private func pictures() -> [PictureRow] {
    let buffer = FileBuffer()
    let unreadable = Set(scan.unreadable.compactMap(\.index))
    let readable = (0..<images.count).filter { !unreadable.contains($0) }
    let count = min(Self.imageLimit, readable.count)
    return (0..<count).compactMap { place in
      let index = readable[place * readable.count / count]
      return try? images.withBytes(of: index, buffer: buffer) {
        try row(EncodedImage(bytes: $0), title: images.relativeName(of: index))
      }
    }
  }

  private func row(_ encoded: EncodedImage, title: String) throws -> PictureRow? {
    let storage = DataScan.Storage(try encoded.sampleHeader())
    guard let kind = scan.kinds.first(where: { $0.storage == storage }) else { return nil }
    let pixels = kind.normalization
    let image = try DecodedImage(encoded, as: pixels, scratch: RenderScratch()).reduced(to: Self.side)
    let hasChannels = (2...Self.channelLimit).contains(kind.channels.count)
    let alone = hasChannels ? zip(image.channelPictures, kind.channels.map(\.name)).map { ($0, $1) } : []
    return PictureRow(title: title, pictures: [(image.picture(pixels), "composite")] + alone)
  }
}

extension DataScan.Kind {
  /// On the scale of its percentiles.
  var normalization: PixelNormalization {
    guard let storage else { return .converted }
    let format = PixelFormat(
      sampleType: storage.sampleType,
      fileChannelCount: storage.channelCount * (readsAllPages ? storage.pageCount : 1),
      pages: readsAllPages ? .channels : .first,
      channels: channels.enumerated().map { place, channel in
        PixelFormat.Channel(source: place + 1, name: channel.name, low: channel.scale.lower, high: channel.scale.upper)
      }, nodata: storage.nodata)
    return PixelNormalization(
      mean: channels.map { _ in 0 }, standardDeviation: channels.map { _ in 1 }, format: format)
  }
}

extension DataScan.ChannelStatistics {
  /// Of any length, also where all values are one.
  fileprivate var scale: (lower: Double, upper: Double) {
    guard let least, let greatest, let low, let high else { return (0, 1) }
    if low < high { return (low, high) }
    return least < greatest ? (least, greatest) : (least, least + 1)
  }
}
