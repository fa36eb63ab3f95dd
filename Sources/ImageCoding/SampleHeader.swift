/// What a file says of its samples, before any is decoded.
public struct SampleHeader: Hashable, Sendable {
  /// What a file says of opacity.
  public enum Opacity: String, CaseIterable, Codable, Hashable, Sendable {
    /// No channel is opacity, as far as the file says.
    case none
    /// The format says that a channel is opacity, TIFF by ExtraSamples 1 or 2.
    case declared
  }

  /// Columns, after the orientation.
  public var width: Int
  /// Rows, after the orientation.
  public var height: Int
  /// The file format.
  public var format: ImageFormat
  /// Samples that a pixel of one page has, opacity among them. A palette's colours are 3, and so are those of a JPEG of
  /// CMYK; the indices of ImageJ's and OME's images, whose palettes only say how to show them, are 1.
  public var channelCount: Int
  /// How samples are stored. Of 1, 2 and 4 bits it is `uint8`, of half precision `float32`.
  public var sampleType: SampleType
  /// Bits that a sample uses, where the file says fewer than its type has.
  public var significantBits: Int
  /// Whether one of the channels is opacity.
  public var opacity: Opacity
  /// Samples of a TIFF's pixel that the file gives no meaning: those beyond one of grey or three of colour whose ExtraSamples
  /// are 0 or missing.
  public var unspecifiedExtraChannels: Int
  /// Pages of full resolution: of a TIFF those that are neither reduced copies nor masks; 1 for every other format.
  public var pageCount: Int
  /// Whether some of these pages differ from the first in size or kind, so that they are no channels of one image.
  public var pagesDiffer: Bool
  /// What ImageJ or OME say the pages are; nil where neither wrote the file.
  public var axes: PageAxes?
  /// Names of the channels, as OME gives them; empty where there are none.
  public var channelNames: [String]
  /// GDAL's value that stands for no measurement.
  public var nodata: Double?
  /// Whether the file is one picture that loses nothing as 8-bit RGB: at most 8 bits a sample, grey or colours, no further
  /// channels but declared opacity, no further page of the same size.
  public var isPhotographic8Bit: Bool
}

extension SampleHeader {
  /// Channels of an image, as its pages are read.
  package func channelCount(reading pages: PixelFormat.Pages) -> Int {
    switch pages {
    case .first: channelCount
    case .channels, .all: channelCount * pageCount
    }
  }
}
