import CImageCodecs

/// The file formats that can be read, recognised by their first bytes, whatever a file's name says.
public enum ImageFormat: String, CaseIterable, Codable, Hashable, Sendable {
  /// JPEG, also the first picture of an MPO file.
  case jpeg
  case png, webp, tiff
  /// BMP, and DIB without a file header.
  case bmp
  /// The first frame is read.
  case gif
  /// HEIC and AVIF, where the system's libvips has libheif.
  case heif
  /// Netpbm's bitmaps, greymaps and pixmaps.
  case pnm
  /// JPEG 2000, where the system's libvips has OpenJPEG.
  case jp2
  /// An array of NumPy's: `[H, W]`, `[H, W, C]` or `[C, H, W]`, the channels on the shorter of the first and the last axis,
  /// and on the last where both are equal.
  case npy

  /// Whether files of the format can be read on this machine.
  public var isReadable: Bool { cic_can_read(code) }

  /// How many of a file's first bytes show its format.
  package static let sniffedByteCount = Int(CIC_SNIFFED)

  /// The format that a file's first bytes show; nil for none of these.
  package init?(_ head: [UInt8]) {
    var format = CIC_JPEG
    guard cic_sniff(head, head.count, &format) else { return nil }
    self.init(format)
  }

  init(_ format: cic_format) {
    self = Self.allCases.first { $0.code == format }!
  }

  var code: cic_format {
    switch self {
    case .jpeg: CIC_JPEG
    case .png: CIC_PNG
    case .webp: CIC_WEBP
    case .tiff: CIC_TIFF
    case .bmp: CIC_BMP
    case .gif: CIC_GIF
    case .heif: CIC_HEIF
    case .pnm: CIC_PNM
    case .jp2: CIC_JP2
    case .npy: CIC_NPY
    }
  }
}

/// What the channels of a file mean.
public enum ChannelLayout: String, CaseIterable, Codable, Hashable, Sendable {
  case grey, greyAlpha, rgb, rgba, cmyk
  /// L*a*b* and the like.
  case other
}
