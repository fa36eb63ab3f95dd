import ArgumentParser
import Evaluation
import Foundation
import ImageData

struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Measure an encoder by a linear classifier on its features.")

  @OptionGroup var options: LabelledOptions

  func run() throws {
    let tables = try options.tables()
    var config = LinearProbe.Config()
    config.features = options.features
    let result = try LinearProbe.evaluate(
      train: tables.train, test: tables.test, config: config, device: tables.device
    ) { done, total in
      if Terminal.isInteractive { Terminal.show("fitting: \(done) of \(total)") }
    }
    Terminal.clearLine()
    try options.report(result)
  }
}

struct NearestNeighborsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "knn", abstract: "Measure an encoder by its nearest neighbours.")

  @OptionGroup var options: LabelledOptions

  @Option(help: "Neighbours that vote.")
  var k: Int = 20

  func run() throws {
    var config = NearestNeighbors.Config()
    config.k = [k]
    config.features = options.features
    try config.validate()
    let tables = try options.tables()
    try options.report(
      try NearestNeighbors.evaluate(
        train: tables.train, test: tables.test, config: config, device: tables.device))
  }
}

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "Write the features of images for other tools.",
    discussion: "Beside the safetensors file lies one of the same name ending in .txt: one path a line, same order.")

  @Argument(help: "Folders, lists of paths (.txt) or tar shards of images.")
  var images: [String]

  @OptionGroup var encoder: EncoderOptions

  @Option(help: ArgumentHelp("The file to write.", valueName: "features.safetensors"))
  var out: String

  @Option(help: "What describes an image: mean (of the patch tokens) or cls (the class token).")
  var features = FeatureKind.mean

  func run() throws {
    let (extractor, _) = try encoder.extractor()
    let dataset = try ImageDataset(paths: images, indexFolder: CacheFolder.tarIndexes)
    let table = try encoder.features(of: dataset, named: "embedding", by: extractor, kinds: [features])
    let listing = try table.write(features, to: URL(fileURLWithPath: out))
    Terminal.say("\(table.count) images: \(out), \(listing.relativePath)")
  }
}
