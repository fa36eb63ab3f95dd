import CImageCodecs

/// What a file says of its image before any pixel is decoded.
public struct ImageHeader: Hashable, Sendable {
  /// Columns, after the EXIF orientation.
  public let width: Int
  /// Rows, after the EXIF orientation.
  public let height: Int
  /// The file format.
  public let format: ImageFormat
  /// What the channels mean.
  public let channelLayout: ChannelLayout
  /// Bits a sample.
  public let bitDepth: Int
  /// The EXIF orientation, 1...8; 1 is upright.
  public let orientation: Int

  init(_ header: cic_header) {
    let isTransposed = header.orientation >= 5
    width = Int(isTransposed ? header.height : header.width)
    height = Int(isTransposed ? header.width : header.height)
    format = ImageFormat(header.format)
    channelLayout = Self.layout(header.layout)
    bitDepth = Int(header.bits)
    orientation = Int(header.orientation)
  }

  private static func layout(_ layout: cic_layout) -> ChannelLayout {
    switch layout {
    case CIC_LAYOUT_GREY: .grey
    case CIC_LAYOUT_GREY_ALPHA: .greyAlpha
    case CIC_LAYOUT_RGB: .rgb
    case CIC_LAYOUT_RGBA: .rgba
    case CIC_LAYOUT_CMYK: .cmyk
    default: .other
    }
  }
}
