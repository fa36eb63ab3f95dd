import ArgumentParser
import Evaluation
import Foundation
import ImageData
import Runs
import SplitMaskCore
import Torch
import Training

struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Measure an encoder by a linear classifier on its features.",
    usage: """
      splitmask probe <train> <test>
          --from <run|file|random> [<options>]
      """,
    discussion: """
      The protocol 'simple' fits softmax regression to features that are computed once. 'dino', 'mae' and 'beit' train by \
      the protocols of those papers on augmented images: every epoch is a pass of the encoder over the training images. \
      'beit' measures every block and names the best. Of such a protocol --batch-size is the whole batch of a step (what \
      makes 16 steps an epoch, at most 1024, where it is not given), and --seed decides weights, order and crops.
      """)

  /// What is trained.
  struct Classifier: ParsableArguments {
    @Option(name: .customLong("protocol"), help: "How the classifier is trained: simple, dino, mae or beit.")
    var method = ProbeProtocol.simple
  }

  /// How long that takes.
  struct Length: ParsableArguments {
    @Option(help: "Passes over the training images. (default: dino, beit 100; mae 90)")
    var epochs: Int?
  }

  /// What is mostly left as it is.
  struct Details: ParsableArguments {
    @Option(
      help: "Learning rate for 256 images a step; scaled with --batch-size. (default: dino, beit 0.001; mae 0.1)")
    var learningRate: Double?
  }

  @OptionGroup(title: "What") var classifier: Classifier
  @OptionGroup(title: "How long") var length: Length
  @OptionGroup var options: LabelledOptions
  @OptionGroup(title: "Advanced") var details: Details

  func run() throws {
    if classifier.method == .simple { try fit() } else { try train() }
  }

  /// Trains by steps on augmented images.
  private func train() throws {
    let asked = options.encoder.details
    var config = TrainedProbe.Config(classifier.method)
    (config.epochs, config.learningRate, config.batchSize) = (length.epochs, details.learningRate, asked.batchSize)
    (config.features, config.seed) = (options.subject.features, asked.seed)
    try config.validate()
    let processes = try Launch.join()
    config.workers = asked.workers ?? processes.defaultWorkers
    let sets = try options.datasets()
    let (extractor, _) = try options.encoder.extractor(of: sets.train, for: processes)
    let settings = TrainedProbeSettings(
      encoder: extractor.source, precision: asked.precision, probe: config)
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
    if length.epochs != nil {
      throw InvalidSetting("epochs", "the protocol simple fits to the optimum; it has no epochs")
    }
    if details.learningRate != nil {
      throw InvalidSetting("learningRate", "the protocol simple has no learning rate")
    }
    var config = LinearProbe.Config()
    config.features = options.subject.features ?? .mean
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
    commandName: "knn", abstract: "Measure an encoder by its nearest neighbours.",
    usage: """
      splitmask knn <train> <test>
          --from <run|file|random> [<options>]
      """)

  /// Who votes.
  struct Voters: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        """
        Neighbours that vote, such as 10,20,100,200; the first is the one reported. (default: 20, and 10, 100, 200 as \
        far as there are images)
        """, valueName: "k,…"))
    var k: CountList?
  }

  @OptionGroup var options: LabelledOptions
  @OptionGroup(title: "What") var voters: Voters

  func run() throws {
    var config = NearestNeighbors.Config()
    config.features = options.subject.features ?? .mean
    if let k = voters.k { config.k = k.counts }
    try config.validate()
    guard let tables = try options.tables(config.features) else { return }
    if voters.k == nil { config.k = NearestNeighbors.Config.automaticK(trainingCount: tables.train.count) }
    try options.report(
      try NearestNeighbors.evaluate(
        train: tables.train, test: tables.test, config: config, device: tables.device))
  }
}

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "Write the features of images for other tools.",
    usage: """
      splitmask embed <images> ...
          --from <run|file|random> --out <file> [<options>]
      """,
    discussion: """
      The file's ending says the format: .safetensors, .npy, or .csv with a header and a line an image. Beside the first two \
      lies a list of the images in the same order, of the same name ending in .txt.
      """)

  @Argument(help: "Folders, lists of paths (.txt) or tar shards of images.")
  var images: [String]

  /// What is written.
  struct Subject: ParsableArguments {
    @Option(help: "What describes an image: mean (of the patch tokens) or cls (the class token).")
    var features = FeatureKind.mean
  }

  /// Where it is written.
  struct Place: ParsableArguments {
    @Option(help: ArgumentHelp("The file to write: .safetensors, .npy or .csv.", valueName: "file"))
    var out: String
  }

  @OptionGroup var encoder: EncoderOptions
  @OptionGroup(title: "What") var subject: Subject
  @OptionGroup(title: "Where") var place: Place
  @OptionGroup(title: "Where") var existing: OverwriteOptions
  @OptionGroup(title: "Where") var output: OutputOptions
  @OptionGroup(title: "Pixels") var tiles: TileOptions

  func run() throws {
    let url = URL(fileURLWithPath: place.out)
    let files = try FeatureFormat(of: url).files(at: url)
    let processes = try Launch.join()
    let whole = try ImageDataset(
      paths: images, indexFolder: CacheFolder.tarIndexes, channelFiles: encoder.channelFiles)
    let dataset = try tiles.tiling.map { try whole.tiled($0, indexFolder: CacheFolder.tarIndexes) } ?? whole
    dataset.sayNotes()
    if processes.isFirst { try existing.prepare(files, reading: dataset, and: encoder.files) }
    let (extractor, _) = try encoder.extractor(of: dataset, for: processes)
    let table = try encoder.features(
      of: dataset, named: "the", by: extractor, kinds: [subject.features], processes: processes)
    processes.leave()
    guard processes.isFirst else { return }
    try table.write(subject.features, to: url)
    let written = WrittenFeatures(
      images: table.count, width: try table.values(subject.features).shape[1], skipped: table.skipped.count,
      features: subject.features, encoder: extractor.source, files: files.map(\.relativePath))
    if output.json { try Terminal.print(json: written) } else { Terminal.say("\(written)") }
  }
}

/// What `embed` wrote.
private struct WrittenFeatures: Encodable, CustomStringConvertible {
  let images: Int
  /// Values of an image.
  let width: Int
  /// Images that could not be read, and what was found unusable while they were listed.
  let skipped: Int
  let features: FeatureKind
  let encoder: String
  let files: [String]

  var description: String { "\(images) images: " + files.joined(separator: ", ") }
}
