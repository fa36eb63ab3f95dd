import ArgumentParser
import ImageCoding
import ImageData

/// Which files are one image, and which parts of large images are images of their own.
struct ListingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Pattern of the names of files that hold one channel each, such as '{site}_w{channel}.tif'.",
      valueName: "pattern"))
  var channelFiles: String?

  @OptionGroup var tiles: TileOptions

  /// The images, with their classes where they have some.
  ///
  /// - Throws: `DatasetError`, `InvalidSetting`.
  func list(_ paths: [String]) throws -> ImageDataset {
    let whole = try ImageDataset(
      labelledWhereGiven: paths, indexFolder: CacheFolder.tarIndexes, channelFiles: channelFiles)
    return try tiles.tiling.map { try whole.tiled($0, indexFolder: CacheFolder.tarIndexes) } ?? whole
  }
}

/// What files may leave open.
struct StoredValueOptions: ParsableArguments {
  @Option(
    help: """
      What pages of a TIFF file are: channels, all for channels whatever the file says, first for the first alone. \
      (default: as the file says)
      """)
  var pages: PixelFormat.Pages?

  @Option(help: "The stored value that stands for no measurement. (default: as the file says)")
  var nodata: Double?
}
