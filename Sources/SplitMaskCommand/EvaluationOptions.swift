public import ArgumentParser
public import Evaluation
import Foundation
import ImageData
import Runs
import Settings
import SplitMaskCore
import Torch
import Training
import VisionModels

/// Which encoder to look at, and how.
struct EncoderOptions: ParsableArguments {
  /// Which it is.
  struct Subject: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "A run folder, an encoder file (SplitMask's, timm's, PyTorch's .pth), or 'random'.",
        valueName: "run|file|random"))
    var from: String

    @Option(help: "Attention heads of an encoder file that does not tell. (default: of the family it looks like)")
    var heads: Int?

    @Option(help: ArgumentHelp("For random: the run or file whose architecture to take.", valueName: "run|file"))
    var like: String?

    @Option(help: "For random: vit-tiny, vit-small, vit-base or vit-large.")
    var model: String?

    @Option(help: "Side of the images in pixels, or [height, width]. (default: the encoder's own)")
    var imageSize: String?

    @Option(help: "For random: side of a patch in pixels. (default: 16)")
    var patchSize: Int?
  }

  /// Where it computes.
  struct Place: ParsableArguments {
    @Option(help: "Where to compute: auto, cpu, cuda or mps.")
    var device: String = DeviceChoice.auto.rawValue
  }

  /// What is mostly left as it is.
  struct Details: ParsableArguments {
    @Option(help: "Where random draws come from, such as the weights of random.")
    var seed: UInt64 = 0

    @Option(help: "Type of matrix products: float32 or bfloat16.")
    var precision: String = Precision.float32.rawValue

    @Option(
      help: "Images that each process sends through the encoder at once. (default: 64)")
    var batchSize: Int?

    @Option(help: "Threads that decode images. (default: one a processor)")
    var workers: Int?
  }

  @OptionGroup(title: "What") var subject: Subject
  @OptionGroup(title: "Where") var place: Place
  @OptionGroup(title: "Advanced") var details: Details
  @OptionGroup(title: "Pixels") var pixels: PixelOptions

  /// The files that the encoder may be read from.
  var files: [String?] {
    [subject.from, subject.like].compactMap(\.self).flatMap { [$0, (try? RunWeights(at: $0, .encoder))?.file.path] }
  }

  /// The pattern of the names of files that hold one channel each: what was said, else what the encoder was trained on.
  var channelFiles: String? {
    get throws {
      if let said = pixels.channelFiles { return said }
      guard subject.from != EncoderSource.randomName else { return nil }
      return try EncoderSource(named: subject.from).channelFiles
    }
  }

  /// The settings that the flags stand for.
  private func settings() throws -> PretrainConfig {
    let assignments = [
      RunOptions.assignment("model.imageSize", subject.imageSize), RunOptions.assignment("device", place.device),
      RunOptions.assignment("training.precision", details.precision),
    ]
    return try ConfigurationOverlay.applying(
      assignments: (architectureFlags + pixels.flags + assignments).compactMap(\.self), to: PretrainConfig())
  }

  /// What an encoder that is there cannot be brought to, as assignments.
  private var architectureFlags: [String?] {
    [
      RunOptions.assignment("model.architecture", subject.model),
      RunOptions.assignment("model.patchSize", subject.patchSize),
      RunOptions.assignment("model.headCount", subject.heads),
    ]
  }

  /// The encoder on its device, in each of several processes, as it sees the images.
  func extractor(
    of images: ImageDataset, for processes: ProcessGroup
  ) throws -> (FeatureExtractor, Device) {
    let settings = try settings()
    let (like, imageSize) = (subject.like, subject.imageSize)
    let hasShape = imageSize != nil || architectureFlags.contains { $0 != nil }
    try StartOptions.checkShape(architectureFlags, like: like, encoder: subject.from, model: settings.model)
    let source = try EncoderSource(
      named: subject.from, like: like, config: like == nil && hasShape ? settings.model : nil, heads: subject.heads,
      seed: details.seed)
    let pixels = try source.pixels(for: images, settings.pixels)
    let loaded = try source.load(
      hints: .init(imageSize: imageSize == nil ? nil : settings.model.imageSize, heads: subject.heads),
      pixels: pixels.normalization)
    for note in pixels.notes + loaded.notes { Terminal.say(note) }
    let device = try settings.device.resolve(for: processes)
    return (
      FeatureExtractor(loaded, device: device, precision: settings.training.precision.autocastType), device
    )
  }

  /// Features of a data set, to which each process computes its share, with progress on standard error.
  func features(
    of dataset: ImageDataset, named title: String, by extractor: FeatureExtractor, kinds: [FeatureKind],
    processes: ProcessGroup
  ) throws -> FeatureTable {
    let loader = try extractor.loader(
      of: dataset, batchSize: details.batchSize ?? 64, workers: details.workers ?? processes.defaultWorkers,
      processes: processes)
    let table = try extractor.extract(kinds, from: loader, processes: processes) { done, total in
      WorkProgress.report("computing features of \(title) images", done: done, total: total)
    }
    for image in table.skipped { Terminal.say("skipped \(image.name): \(image.reason)") }
    return table
  }
}

/// Labelled images to learn from and to test on.
struct LabelledOptions: ParsableArguments {
  @Argument(help: "Training images, a folder a class.")
  var train: String

  @Argument(help: "Test images, a folder a class.")
  var test: String

  /// What is looked at.
  struct Subject: ParsableArguments {
    @Option(help: "What describes an image: mean (of the patch tokens) or cls (the class token). (default: mean)")
    var features: FeatureKind?

    @Flag(help: "Let all test images be training images.")
    var allowOverlap = false
  }

  @OptionGroup var encoder: EncoderOptions
  @OptionGroup(title: "What") var subject: Subject
  @OptionGroup(title: "Where") var output: OutputOptions

  /// Both sets of images, of which what is worth knowing is said.
  func datasets() throws -> (train: ImageDataset, test: ImageDataset) {
    let indexes = CacheFolder.tarIndexes
    let files = try encoder.channelFiles
    let training = try ImageDataset(paths: [train], labelled: true, indexFolder: indexes, channelFiles: files)
    let held = try ImageDataset(paths: [test], labelled: true, indexFolder: indexes, channelFiles: files)
    try training.checkSeveralClasses()
    if let overlap = try held.checkHeldOut(from: training, allowed: subject.allowOverlap) {
      Terminal.say("note: \(overlap)")
    }
    training.sayNotes("training images")
    held.sayNotes("test images")
    return (training, held)
  }

  /// Both sets' features; nil in all but the first of several processes, whose work is done.
  func tables(_ kind: FeatureKind) throws -> (train: FeatureTable, test: FeatureTable, device: Device)? {
    let processes = try Launch.join()
    let sets = try datasets()
    let (extractor, device) = try encoder.extractor(of: sets.train, for: processes)
    let tables = try [(sets.train, "training"), (sets.test, "test")].map { set, title in
      try encoder.features(of: set, named: title, by: extractor, kinds: [kind], processes: processes)
    }
    processes.leave()
    return processes.isFirst ? (tables[0], tables[1], device) : nil
  }

  /// Prints a result as it was asked for.
  func report(_ result: some Encodable & CustomStringConvertible) throws {
    if output.json {
      try Terminal.print(json: result)
    } else {
      Terminal.print("\(result)")
    }
  }
}

extension FeatureKind: ExpressibleByArgument {}
extension ProbeProtocol: ExpressibleByArgument {}

/// Numbers apart by commas.
struct CountList: ExpressibleByArgument {
  let counts: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    counts = parts.compactMap { Int($0) }
    guard !parts.isEmpty, counts.count == parts.count else { return nil }
  }
}
