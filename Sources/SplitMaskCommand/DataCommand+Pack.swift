import ArgumentParser
import Foundation
import ImagePacking
import SplitMaskCore

extension DataCommand {
  struct Pack: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write smaller copies of images into tar shards, for training that waits for large files.",
      usage: "splitmask data pack <images> ... --out <folder>",
      discussion: """
        JPEG, WebP, HEIF and JPEG 2000 become JPEG, other photographs PNG; small ones are copied as they are. Images of other \
        channels or more than 8 bits become TIFF of the same type, without loss. Classes and names are kept, and every \
        command reads the folder like the images. Stopped, the same command goes on where it ended.
        """)

    @Argument(help: "Folders, lists of paths (.txt) or tar shards of images.")
    var images: [String]

    @Option(help: ArgumentHelp("The folder of the shards, new or of the same packing.", valueName: "folder"))
    var out: String

    @Option(help: ArgumentHelp("Pixels of an image's shorter side; none is enlarged.", valueName: "pixels"))
    var shortSide = ImagePacking.Config().shortSide

    @Option(help: "Of JPEG, 1 to 100.")
    var quality = ImagePacking.Config().quality

    @Option(help: ArgumentHelp("Images of a shard.", valueName: "images"))
    var shardImages = ImagePacking.Config().imagesPerShard

    @OptionGroup var listing: ListingOptions
    @OptionGroup var stored: StoredValueOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let dataset = try listing.list(images)
      var config = ImagePacking.Config()
      (config.shortSide, config.quality, config.imagesPerShard) = (shortSide, quality, shardImages)
      (config.pages, config.nodata) = (stored.pages, stored.nodata)
      let summary = try ImagePacking(dataset, config: config).write(to: URL(fileURLWithPath: out))
      for note in dataset.notes { Terminal.say(note) }
      try output.print(summary)
    }
  }
}
