public import ArgumentParser
public import ImageCoding
public import ImageLoading
import Settings

/// What of the images' pixels is seen, where they are no 8-bit photographs.
struct PixelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Channels of the images to see, in this order, from 1. (default: all)", valueName: "1,2,..."))
  var channels: CountList?

  @Option(
    help: ArgumentHelp(
      "Pattern of the names of files that hold one channel each, such as '{site}_w{channel}.tif'.",
      valueName: "pattern"))
  var channelFiles: String?

  @Option(help: "What a last channel without a meaning is: none for a channel, last for opacity.")
  var alpha: PixelConfig.Alpha?

  @OptionGroup var stored: StoredValueOptions

  @Option(
    help: """
      How values become the encoder's: percentiles of the data set, image for those of each image, type for the range of \
      the sample type. \
      (default: percentiles)
      """)
  var scale: PixelConfig.Scale?

  @Option(
    help: "What images are taken for: rgb for 8-bit photographs, channels for channels. (default: as they are stored)")
  var reading: PixelConfig.Reading?

  @Option(
    help: ArgumentHelp(
      "Channels that pictures show as red, green and blue, or one as grey. (default: the first three)",
      valueName: "r,g,b"))
  var shown: CountList?

  /// The settings as assignments.
  var flags: [String?] {
    [
      RunOptions.assignment("pixels.channels", channels.map { "\($0.counts)" }),
      RunOptions.assignment("pixels.files", channelFiles.map { "'\($0)'" }),
      RunOptions.assignment("pixels.pages", stored.pages?.rawValue),
      RunOptions.assignment("pixels.alpha", alpha?.rawValue),
      RunOptions.assignment("pixels.nodata", stored.nodata), RunOptions.assignment("pixels.scale", scale?.rawValue),
      RunOptions.assignment("pixels.reading", reading?.rawValue),
      RunOptions.assignment("pixels.shown", shown.map { "\($0.counts)" }),
    ]
  }
}

extension PixelFormat.Pages: ExpressibleByArgument {}
extension PixelConfig.Alpha: ExpressibleByArgument {}
extension PixelConfig.Scale: ExpressibleByArgument {}
extension PixelConfig.Reading: ExpressibleByArgument {}
