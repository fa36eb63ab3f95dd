import ArgumentParser
import Evaluation
import Foundation
import ImageData
import Recipes
import Settings
import Torch
import Training

struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Measure an encoder by a linear classifier on its features.",
    discussion: """
      The protocol 'simple' fits softmax regression to features that are computed once. 'dino', 'mae' and 'beit' train by \
      the protocols of those papers on augmented images: every epoch is a pass of the encoder over the training images. \
      'beit' measures every block and names the best. Of such a protocol --batch-size is the whole batch of a step (what \
      makes 16 steps an epoch, at most 1024, where it is not given), and --seed decides weights, order and crops.
      """)

  @OptionGroup var options: LabelledOptions

  @Option(name: .customLong("protocol"), help: "How the classifier is trained: simple, dino, mae or beit.")
  var method = ProbeProtocol.simple

  @Option(help: "Passes over the training images. (default: dino, beit 100; mae 90)")
  var epochs: Int?

  @Option(help: "Learning rate for 256 images a step; scaled with --batch-size. (default: dino, beit 0.001; mae 0.1)")
  var learningRate: Double?

  func run() throws {
    if method == .simple { try fit() } else { try train() }
  }

  /// Trains by steps on augmented images.
  private func train() throws {
    var config = TrainedProbe.Config(method)
    (config.epochs, config.learningRate, config.batchSize) = (epochs, learningRate, options.encoder.batchSize)
    (config.features, config.seed) = (options.features, options.encoder.seed)
    try config.validate()
    let processes = try Launch.join()
    config.workers = options.encoder.workers ?? processes.defaultWorkers
    let (extractor, _) = try options.encoder.extractor(for: processes)
    let sets = try options.datasets()
    let settings = TrainedProbeSettings(
      encoder: extractor.source, precision: options.encoder.precision, probe: config)
    for images in [sets.train, sets.test] { try settings.agree(images, among: processes) }
    let line = ProbeProgressLine()
    let result = try TrainedProbe.evaluate(
      train: sets.train, test: sets.test, extractor: extractor, config: config, processes: processes,
      progress: line.show)
    processes.leave()
    try options.report(result)
  }

  /// Fits to features that are computed once.
  private func fit() throws {
    if epochs != nil { throw InvalidSetting("epochs", "the protocol simple fits to the optimum; it has no epochs") }
    if learningRate != nil { throw InvalidSetting("learningRate", "the protocol simple has no learning rate") }
    var config = LinearProbe.Config()
    config.features = options.features ?? .mean
    guard let tables = try options.tables(config.features) else { return }
    let result = try LinearProbe.evaluate(
      train: tables.train, test: tables.test, config: config, device: tables.device)
    try options.report(result)
  }
}

/// What decides a trained probe, beside its images.
private struct TrainedProbeSettings: Codable {
  let encoder: String
  let precision: String
  let probe: TrainedProbe.Config

  /// - Throws: `ProcessesDiffer` where processes have other settings or images.
  func agree(_ images: ImageDataset, among processes: ProcessGroup) throws {
    try ProcessAgreement.check(self, images: images, among: processes, allowing: ["probe.workers"])
  }
}

struct NearestNeighborsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "knn", abstract: "Measure an encoder by its nearest neighbours.")

  @OptionGroup var options: LabelledOptions

  @Option(
    help: ArgumentHelp(
      """
      Neighbours that vote, such as 10,20,100,200; the first is the one reported. (default: 20, and 10, 100, 200 as far \
      as there are images)
      """, valueName: "k,…"))
  var k: CountList?

  func run() throws {
    var config = NearestNeighbors.Config()
    config.features = options.features ?? .mean
    if let k { config.k = k.counts }
    try config.validate()
    guard let tables = try options.tables(config.features) else { return }
    if k == nil { config.k = NearestNeighbors.Config.automaticK(trainingCount: tables.train.count) }
    try options.report(
      try NearestNeighbors.evaluate(
        train: tables.train, test: tables.test, config: config, device: tables.device))
  }
}

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "Write the features of images for other tools.",
    discussion: """
      The file's ending says the format: .safetensors, .npy, or .csv with a header and a line an image. Beside the first two \
      lies a list of the images in the same order, of the same name ending in .txt.
      """)

  @Argument(help: "Folders, lists of paths (.txt) or tar shards of images.")
  var images: [String]

  @OptionGroup var encoder: EncoderOptions

  @Option(help: ArgumentHelp("The file to write: .safetensors, .npy or .csv.", valueName: "file"))
  var out: String

  @OptionGroup var existing: OverwriteOptions

  @Option(help: "What describes an image: mean (of the patch tokens) or cls (the class token).")
  var features = FeatureKind.mean

  func run() throws {
    let url = URL(fileURLWithPath: out)
    let files = try FeatureFormat(of: url).files(at: url)
    let processes = try Launch.join()
    let dataset = try ImageDataset(paths: images, indexFolder: CacheFolder.tarIndexes)
    dataset.sayNotes()
    if processes.isFirst { try existing.prepare(files, reading: dataset, and: encoder.files) }
    let (extractor, _) = try encoder.extractor(for: processes)
    let table = try encoder.features(
      of: dataset, named: "the", by: extractor, kinds: [features], processes: processes)
    processes.leave()
    guard processes.isFirst else { return }
    try table.write(features, to: url)
    Terminal.say("\(table.count) images: " + files.map(\.relativePath).joined(separator: ", "))
  }
}
