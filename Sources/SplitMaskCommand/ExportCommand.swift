import ArgumentParser
import Classification
import EncoderExport
import Evaluation
import Foundation
import Runs
import SplitMaskCore
import Training
import VisionModels

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write an encoder or a classifier for other programs.",
    usage: """
      splitmask export <run|file>
          --to <format> --out <file|folder> [<options>]
      """,
    discussion: """
      'onnx' is one file for engines such as onnxruntime, 'huggingface' a folder for transformers, 'timm' a folder for \
      timm. They compute the same, or the export says which part has no counterpart.
      """)

  @Argument(help: ArgumentHelp("A run folder, or a file of an encoder or a classifier.", valueName: "run|file"))
  var from: String

  /// What is written.
  struct Subject: ParsableArguments {
    @Option(help: "For whom: onnx, huggingface or timm.")
    var to: ExportFormat

    @Flag(help: "Leave the head of a classifier aside, or what is around the encoder of a detector or segmenter.")
    var encoderOnly = false

    @Option(help: "Attention heads of a file that does not tell. (default: of the family it looks like)")
    var heads: Int?

    @Option(help: "For onnx: the type of weights and products, float32 or float16.")
    var precision = ExportPrecision.float32

    @Flag(help: "For onnx: take bytes, [batch, height, width, 3], and normalise them in the graph.")
    var includePreprocessing = false
  }

  /// Where it goes.
  struct Place: ParsableArguments {
    @Option(help: ArgumentHelp("The file (.onnx) or the folder to write.", valueName: "file|folder"))
    var out: String
  }

  @OptionGroup(title: "What") var subject: Subject
  @OptionGroup(title: "Where") var place: Place
  @OptionGroup(title: "Where") var existing: OverwriteOptions
  @OptionGroup(title: "Where") var output: OutputOptions

  func run() throws {
    try Launch.requireAlone("export", instead: "start one")
    let export = try NetworkExport(
      to: subject.to, precision: subject.precision, includesPreprocessing: subject.includePreprocessing,
      at: URL(fileURLWithPath: place.out))
    let file = try DenseOptions.file(from, .encoder)
    try export.prepare(overwriting: existing.overwrite, reading: file)
    let run = RunSummary(ofFile: file)
    let (network, notes) = try ExportedNetwork.read(
      file, encoderOnly: subject.encoderOnly, heads: subject.heads, facts: facts(of: file, run)
    ) { size, isClassifier in
      let crop = min(size.height, size.width)
      let resize = isClassifier ? shortSide(of: crop, run) : FeatureExtractor.shortSide(ofCrop: crop)
      return .init(resize: resize, crop: crop)
    }
    for note in notes { Terminal.say(note) }
    try output.print(try export.write(network))
  }

  /// As the classifier was judged in training.
  private func shortSide(of crop: Int, _ run: RunSummary?) -> Int {
    let own = run.flatMap { try? FineTuneConfig.ofRun(in: URL(fileURLWithPath: $0.path)) }?.evaluation
    return Int((Double(crop) / (own ?? ClassifierEvaluation.Config()).cropRatio).rounded())
  }

  /// What the file and its run tell.
  private func facts(of file: URL, _ run: RunSummary?) -> [ExportedNetwork.Fact] {
    let written = (try? file.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate
    let values: [(String, String?)] = [
      ("training", run.map { $0.method ?? $0.kind.rawValue }),
      ("images", run?.imageCount.map(HumanReadable.count)), ("updates", run.map { HumanReadable.count($0.steps) }),
      ("file", run == nil ? file.lastPathComponent : nil),
      ("date", written?.formatted(.iso8601.year().month().day())),
    ]
    return values.compactMap { name, value in value.map { .init(name, $0) } }
  }
}

extension ExportFormat: ExpressibleByArgument {}
extension ExportPrecision: ExpressibleByArgument {}
