import CImageCodecs
import Foundation
import ImageCoding
import ImageTransforms

/// Makes images no larger than training needs them.
struct ImageShrinker {
  /// A file of an image.
  struct File: Sendable {
    /// Of its name, without a dot.
    let ending: String
    let data: Data
  }

  let config: ImagePacking.Config
  /// What the data set says of channels and of no measurement, where its files do not.
  let channelNames: [String]
  let nodata: Double?
  /// Whether images are made of files of one channel each, so that three of them are no colours.
  let areChannels: Bool

  /// - Throws: `ImageError`.
  func file(_ bytes: UnsafeRawBufferPointer) throws -> File {
    let encoded = EncodedImage(bytes: bytes)
    let header = try encoded.sampleHeader()
    return header.isPhotographic8Bit && !areChannels
      ? try photograph(encoded, bytes) : try samples(encoded, header, bytes)
  }

  /// Columns and rows; nil for an image that is small already.
  private func size(width: Int, height: Int) -> ViewConfiguration.Size? {
    let factor = Double(config.shortSide) / Double(min(width, height))
    guard factor < 1 else { return nil }
    func scaled(_ length: Int) -> Int { max(1, Int((Double(length) * factor).rounded())) }
    return ViewConfiguration.Size(height: scaled(height), width: scaled(width))
  }
}

// MARK: - Photographs

extension ImageShrinker {
  private func photograph(_ encoded: EncodedImage, _ bytes: UnsafeRawBufferPointer) throws -> File {
    let header = try encoded.header()
    guard let size = size(width: header.width, height: header.height) else {
      // Only decoding shows that a file was cut.
      let image = try encoded.decode()
      guard let ending = header.format.packedEnding else {
        return File(ending: "png", data: try ImageEncoder.png(image))
      }
      return File(ending: ending, data: Data(bytes))
    }
    let whole = CropBox(left: 0, top: 0, width: header.width, height: header.height)
    var pixels = [UInt8](repeating: 0, count: size.width * size.height * 3)
    try pixels.withUnsafeMutableBytes {
      try ViewRenderer(views: ViewConfiguration(encoder: size))
        .render(encoded, as: .training(Augmentation.Draw(crop: whole)), into: [$0.baseAddress!])
    }
    let image = PixelImage(width: size.width, height: size.height, pixels: pixels)
    return header.format.isLossy
      ? File(ending: "jpg", data: try ImageEncoder.jpeg(image, quality: config.quality))
      : File(ending: "png", data: try ImageEncoder.png(image))
  }
}

extension ImageFormat {
  /// Whether its files usually lose something.
  fileprivate var isLossy: Bool {
    switch self {
    case .jpeg, .webp, .heif, .jp2: true
    case .png, .tiff, .bmp, .gif, .pnm, .npy: false
    }
  }

  /// The ending of a file that is taken as it is; nil of one that is not compressed.
  fileprivate var packedEnding: String? {
    switch self {
    case .jpeg: "jpg"
    case .png: "png"
    case .webp: "webp"
    case .tiff: "tif"
    case .gif: "gif"
    case .heif: "heic"
    case .jp2: "jp2"
    case .bmp, .pnm, .npy: nil
    }
  }
}

// MARK: - Other samples

extension ImageShrinker {
  private func samples(
    _ encoded: EncodedImage, _ header: SampleHeader, _ bytes: UnsafeRawBufferPointer
  ) throws -> File {
    let pages = try config.pages(of: header)
    let image = try encoded.decodeSamples(pages: pages)
    let nodata = config.nodata ?? header.nodata ?? self.nodata
    let small = try size(width: image.width, height: image.height).map { try resized(image, to: $0, nodata: nodata) }
    if small == nil, config.nodata == nil, let ending = header.format.packedEnding {
      return File(ending: ending, data: Data(bytes))
    }
    let meaning = ImageEncoder.ChannelMeaning(
      names: names(image.channelCount, header, pages), lastIsOpacity: header.opacity == .declared && pages == .first,
      nodata: nodata, areColours: !areChannels)
    let data = try ImageEncoder.tiff(small ?? image, type: header.sampleType.packed, meaning: meaning)
    return File(ending: "tif", data: data)
  }

  /// What the channels are called; none where the file leaves it open what the last one is.
  private func names(_ count: Int, _ header: SampleHeader, _ pages: PixelFormat.Pages) -> [String] {
    for names in [header.channelNames, channelNames] where names.count == count { return names }
    let isOpen = header.unspecifiedExtraChannels > 0 || header.opacity == .declared
    return isOpen && pages == .first ? [] : (1...count).map { "channel \($0)" }
  }

  /// Antialiased. Where a pixel's surroundings were not all measured, of what was: it is a measurement where half of them were.
  private func resized(
    _ image: SampleImage, to size: ViewConfiguration.Size, nodata: Double?
  ) throws -> SampleImage {
    let isMeasured = image.values.map { value in value.isFinite && value != nodata.map { Float($0) } }
    guard isMeasured.contains(false) else { return try resample(image, to: size, CIC_BICUBIC) }
    func with(_ values: [Float]) -> SampleImage {
      SampleImage(width: image.width, height: image.height, channelCount: image.channelCount, values: values)
    }
    // Bicubic weights may be negative, so that a share of measured pixels would be none.
    var sums = try resample(with(zip(image.values, isMeasured).map { $1 ? $0 : 0 }), to: size, CIC_BILINEAR)
    let shares = try resample(with(isMeasured.map { $0 ? 1 : 0 }), to: size, CIC_BILINEAR)
    let missing = nodata.map { Float($0) } ?? .nan
    for (place, share) in shares.values.enumerated() {
      sums.values[place] = share >= 0.5 ? sums.values[place] / share : missing
    }
    return sums
  }

  private func resample(
    _ image: SampleImage, to size: ViewConfiguration.Size, _ filter: cic_filter
  ) throws -> SampleImage {
    let placement = ViewPlacement(ofAllPixels: image.width, image.height, width: size.width, height: size.height)
    var values = [Float](repeating: 0, count: size.width * size.height * image.channelCount)
    try values.withUnsafeMutableBufferPointer {
      try placement.render(image, filter: filter, isFlipped: false, into: $0.baseAddress!, scratch: RenderScratch())
    }
    return SampleImage(width: size.width, height: size.height, channelCount: image.channelCount, values: values)
  }
}

extension SampleType {
  /// How packed files store it: values have 24 significant bits once they are read.
  fileprivate var packed: SampleType { self == .float64 ? .float32 : self }
}
