import ArgumentParser
import DatasetDownloads
import DurableFiles
import Foundation
import ImageData
import ImageLoading
import Runs
import ShapesData
import SplitMaskCore

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Look at images, make some, or download public ones.",
    subcommands: [Scan.self, Preview.self, Pack.self, Shapes.self, Fetch.self])

  struct Scan: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what is in a data set: counts, sizes, values, damage, duplicates, what to tell pretrain.",
      usage: "splitmask data scan <images> ... [<options>]")

    @Argument(help: "Folders, lists of paths (.txt) or tar shards of images.")
    var images: [String]

    @Option(help: "Threads that read images. (default: one a processor)")
    var workers: Int?

    @Option(help: ArgumentHelp("Write a page with histograms and example pictures, too.", valueName: "file.html"))
    var page: String?

    @OptionGroup var listing: ListingOptions
    @OptionGroup var existing: OverwriteOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let dataset = try listing.list(images)
      let file = page.map { URL(fileURLWithPath: $0) }
      if let file { try existing.prepare([file], key: "page", reading: dataset) }
      // Called on other threads, where the observer is not known.
      let observer = WorkProgress.observer
      let scan = DataScan(dataset, workers: workers ?? DataLoader.defaultWorkers) { done in
        observer?(WorkProgress("reading images", done: done, total: dataset.count))
      }
      if let file { try AtomicFile.write(Data(DataScanPage(scan, of: dataset).html().utf8), to: file) }
      if output.json { try Terminal.print(json: scan) } else { Terminal.print("\(scan)") }
    }
  }

  struct Preview: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what augmentation makes of a dozen images, as pretrain with the same options would see them.",
      usage: """
        splitmask data preview <images> ...
            --out <page.html> [<options>]
        """,
      discussion: "Takes the options of pretrain.")

    @OptionGroup var options: PretrainOptions

    @Option(help: ArgumentHelp("The page to write.", valueName: "page.html"))
    var out: String

    @OptionGroup var existing: OverwriteOptions

    func run() throws {
      let run = try PretrainingRun(
        fitting: try options.applied(to: PretrainConfig()), explicit: try options.explicit,
        indexFolder: CacheFolder.tarIndexes)
      let file = URL(fileURLWithPath: out)
      try existing.prepare(
        [file], reading: run.recipe.images, and: [options.run.details.config, options.words.dalleWeights])
      let views = run.config.views
      let preview = try AugmentationPreview(
        of: run.recipe.images, pixels: views.pixels, augmentation: run.config.augmentation, size: views.encoder,
        seed: run.config.seed)
      try AtomicFile.write(Data(try preview.html().utf8), to: file)
      Terminal.say("augmentation of a dozen images: \(out)")
    }
  }

  struct Shapes: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compose images with classes, COCO instances and label maps, for trials and tests.",
      usage: "splitmask data shapes <out> [<options>]")

    @Argument(help: "The folder to write.")
    var out: String

    @Option(help: "Images.")
    var images = 2000

    @Option(help: "Side of an image in pixels.")
    var size = 96

    @Option(help: "Which images.")
    var seed: UInt64 = 0

    @Option(help: "Channels of an image, 1 to 16: red, green, blue, and further ones. Other than 3 gives TIFF.")
    var channels = 3

    @Option(help: "Bits of a sample, 8 or 16. 16 gives TIFF.")
    var bits = 8

    func run() throws {
      var config = ShapesDataset.Config()
      config.images = images
      config.width = size
      config.height = size
      config.seed = seed
      config.channels = channels
      config.bits = bits
      let (observer, total) = (WorkProgress.observer, images)
      let outcome = try ShapesDataset(config: config).write(to: URL(fileURLWithPath: out)) { done in
        observer?(WorkProgress("composing images", done: done, total: total))
      }
      Terminal.say(outcome == .written ? "\(images) images in \(out)" : "\(out) holds these images already")
    }
  }

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a public data set from its makers, verify and unpack it.",
      discussion: """
        Stopped or cut off, the same command goes on where it ended. Every data set has terms of use of its own.

        \(DownloadableDataset.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))
        """)

    @Argument(help: "The data set.")
    var name: String

    @Option(help: ArgumentHelp("The folder that is to hold it.", valueName: "dir"))
    var out: String

    func run() throws {
      let dataset = try DownloadableDataset.named(name)
      let line = TransferLine()
      let outcome = try DatasetFetch(dataset, to: URL(fileURLWithPath: out)).run(progress: line.show)
      Terminal.say(
        outcome == .fetched
          ? "\(out): \(dataset.layout)\nTerms: \(dataset.terms)" : "\(out) holds \(dataset.name) already")
    }
  }
}
