/// The file formats that can be read, recognised by their first bytes, whatever a file's name says.
public enum ImageFormat: String, CaseIterable, Codable, Hashable, Sendable {
  case jpeg, png, webp, tiff, bmp
  /// The first frame is read.
  case gif
  /// HEIC and AVIF, where the system's libvips has libheif.
  case heif
}

/// What the channels of a file mean.
public enum ChannelLayout: String, CaseIterable, Codable, Hashable, Sendable {
  case grey, greyAlpha, rgb, rgba, cmyk
  /// L*a*b* and the like.
  case other
}
