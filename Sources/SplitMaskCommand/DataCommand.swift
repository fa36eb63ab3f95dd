import ArgumentParser
import DatasetDownloads
import Foundation
import ImageData
import ImageLoading
import ShapesData
import SplitMaskCore

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Look at images, make some, or download public ones.",
    subcommands: [Scan.self, Shapes.self, Fetch.self])

  struct Scan: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what is in a data set: counts, sizes, formats, unreadable files, duplicates.",
      usage: "splitmask data scan <images> ... [<options>]")

    @Argument(help: "Folders, lists of paths (.txt) or tar shards of images.")
    var images: [String]

    @Option(help: "Threads that read images. (default: one a processor)")
    var workers: Int?

    @OptionGroup var output: OutputOptions

    func run() throws {
      let dataset = try ImageDataset(labelledWhereGiven: images, indexFolder: CacheFolder.tarIndexes)
      // Called on other threads, where the observer is not known.
      let observer = WorkProgress.observer
      let scan = DataScan(dataset, workers: workers ?? DataLoader.defaultWorkers) { done in
        observer?(WorkProgress("reading images", done: done, total: dataset.count))
      }
      if output.json { try Terminal.print(json: scan) } else { Terminal.print("\(scan)") }
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

    func run() throws {
      var config = ShapesDataset.Config()
      config.images = images
      config.width = size
      config.height = size
      config.seed = seed
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
