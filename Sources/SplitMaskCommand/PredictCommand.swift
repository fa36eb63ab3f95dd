import ArgumentParser
import Classification
import DurableFiles
import Foundation
import ImageData
import ImageLoading
import Runs
import SplitMaskCore
import Torch
import Training

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Tell the classes of images by a fine-tuned classifier.",
    usage: """
      splitmask predict <images> ...
          --from <run|file> --out <file> [<options>]
      """,
    discussion: """
      Writes a table with a line for each image, in their order: path, class, probability. Images that cannot be read have \
      empty fields. Images in folders of classes are compared with these.
      """)

  @Argument(help: "Images, folders of images, lists of paths (.txt) or tar shards.")
  var images: [String]

  /// What is asked.
  struct Subject: ParsableArguments {
    @Option(help: ArgumentHelp("A run of 'finetune', or its classifier.safetensors.", valueName: "run|file"))
    var from: String

    @Option(help: ArgumentHelp("Most probable classes of each image.", valueName: "classes"))
    var top = 1

    @Option(
      help: ArgumentHelp(
        "The central crop's side over an image's short side. (default: the run's, evaluation.cropRatio)",
        valueName: "ratio"))
    var cropRatio: Double?
  }

  /// Where it goes.
  struct Place: ParsableArguments {
    @Option(help: ArgumentHelp("The table to write: .csv, or .jsonl with a JSON object a line.", valueName: "file"))
    var out: String

    @Option(
      help: ArgumentHelp(
        "A file for the probabilities of all classes, [images, classes].", valueName: "file.safetensors"))
    var probabilities: String?

    @Option(
      help: ArgumentHelp(
        "A page to write with the classes' counts and the least certain images.", valueName: "file.html"))
    var page: String?
  }

  @OptionGroup(title: "What") var subject: Subject
  @OptionGroup var options: DenseOptions
  @OptionGroup(title: "Where") var place: Place
  @OptionGroup(title: "Where") var existing: OverwriteOptions
  @OptionGroup(title: "Where") var output: OutputOptions

  func run() throws {
    try Launch.requireAlone("predict", instead: "start one")
    guard subject.top >= 1 else { throw InvalidSetting("top", "is \(subject.top); each image has at least one class") }
    let out = URL(fileURLWithPath: place.out)
    let format = try TableFormat(of: out)
    let (device, precision, workers) = try options.resolved(for: .alone)
    let file = try DenseOptions.file(subject.from, .classifier)
    let loaded = try ClassifierFile.read(file)
    let dataset = try ImageDataset(
      labelledWhereGiven: images, indexFolder: CacheFolder.tarIndexes, channelFiles: loaded.normalization.format?.files)
    dataset.sayNotes()
    for note in try PixelSurvey.check(dataset, against: loaded.normalization) { Terminal.say(note) }
    let (probabilities, page) = (place.probabilities.map(Self.url), place.page.map(Self.url))
    try existing.prepare([out] + [probabilities, page].compactMap(\.self), reading: dataset, and: [file.path])
    let evaluation = try ClassifierEvaluation(
      of: dataset, size: loaded.classifier.encoder.config.imageSize, pixels: loaded.normalization,
      config: try view(file),
      batchSize: 64, workers: workers, device: device, precision: precision)
    loaded.classifier.move(to: device)
    let table = probabilities.map { _ in Tensor.full([dataset.count, loaded.classifier.classNames.count], .nan) }
    let predictions = try evaluation.predict(
      loaded.classifier, preparation: BatchPreparation(evaluating: loaded, on: device), count: subject.top, into: table)
    Terminal.clearLine()
    try AtomicFile.write(format == .csv ? predictions.csv() : predictions.jsonLines(), to: out)
    if let probabilities, let table {
      let names = String(decoding: try JSONEncoder().encode(loaded.classifier.classNames), as: UTF8.self)
      try SafetensorsWriter.write([("probabilities", table)], metadata: ["class_names": names], to: probabilities)
    }
    if let page {
      let html = try ClassPredictionsPage(predictions, of: dataset, pixels: loaded.normalization).html()
      try AtomicFile.write(Data(html.utf8), to: page)
    }
    DenseOptions.report(predictions.skipped)
    try output.print(Outcome(predictions, file: out.relativePath))
  }

  private static func url(_ path: String) -> URL { URL(fileURLWithPath: path) }

  /// As the classifier was judged in training, but for what the flag says; tells the difference.
  private func view(_ file: URL) throws -> ClassifierEvaluation.Config {
    let own = (try? FineTuneConfig.ofRun(in: file.deletingLastPathComponent()))?.evaluation
    var view = own ?? ClassifierEvaluation.Config()
    var changes = ViewChanges()
    changes.apply(subject.cropRatio, to: &view.cropRatio, "crop ratio")
    changes.tell(about: file, assumed: own == nil ? "a crop ratio of \(view.cropRatio)" : nil)
    guard view.cropRatio > 0, view.cropRatio <= 1 else {
      throw InvalidSetting("crop-ratio", "must be above 0 and at most 1, not \(view.cropRatio)")
    }
    return view
  }

  /// How a table is written.
  private enum TableFormat {
    case csv, jsonLines

    init(of file: URL) throws {
      switch file.pathExtension.lowercased() {
      case "csv": self = .csv
      case "jsonl": self = .jsonLines
      default:
        throw InvalidSetting("out", "\(file.lastPathComponent) says no format; name a file that ends in .csv or .jsonl")
      }
    }
  }

  /// What was written.
  private struct Outcome: Encodable, CustomStringConvertible {
    let images: Int
    let imagesPerClass: [String: Int]
    let accuracy: Double?
    let unreadable: Int
    let file: String
    private let counts: [(name: String, count: Int)]

    enum CodingKeys: String, CodingKey {
      case images, accuracy, unreadable, file
      case imagesPerClass = "images_per_class"
    }

    init(_ predictions: ClassPredictions, file: String) {
      counts = predictions.counts
      images = predictions.images.count { !$0.guesses.isEmpty }
      imagesPerClass = Dictionary(counts.map { ($0.name, $0.count) }, uniquingKeysWith: +)
      accuracy = predictions.accuracy
      unreadable = predictions.images.count - images
      self.file = file
    }

    var description: String {
      let classes = counts.prefix(20).map { [$0.name, HumanReadable.count($0.count)] }
      let more = counts.count > 20 ? ["and \(counts.count - 20) more classes"] : []
      let labels = accuracy.map { ["\(HumanReadable.fixed(100 * $0, 1)) % have the class that they are labelled with"] }
      let lost = unreadable == 0 ? "" : ", and \(HumanReadable.count(unreadable)) that cannot be read"
      return
        ([TextTable.text(classes, alignments: [.left])] + more + (labels ?? [])
        + ["\(HumanReadable.count(images)) images\(lost): \(file)"]).joined(separator: "\n")
    }
  }
}
