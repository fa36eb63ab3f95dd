import ArgumentParser
import DenseAnnotations
import DenseTasks
import DurableFiles
import Foundation
import Runs
import Torch
import Training
import TrainingCost

struct SegmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segment", abstract: "Find the class of every pixel: UPerNet around an encoder.",
    subcommands: [Train.self, Evaluate.self, Predict.self])

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Train a segmenter on label maps.",
      usage: """
        splitmask segment train <folder>
            --from <run|file|random> --out <run> [<options>]
        splitmask segment train --out <run> --resume
        """,
      discussion: """
        The folder is laid out as ADE20k's: images/SPLIT/NAME.jpg, annotations/SPLIT/NAME.png (1 is the first class, 0 is \
        ignored, unless --label-map says otherwise), and classes.txt, a name a line. The encoder has patches of 16: pretrain it \
        with --patch-size 16. Ctrl-C saves and exits with 75; --resume goes on.
        """)

    @Argument(
      help: ArgumentHelp("The folder with images and annotations. (not with --resume)", valueName: "folder"))
    var dataFolder: String?

    @Option(help: "The part to learn from. (default: training)")
    var split: String?

    @Option(help: "The part to be judged by.")
    var testSplit: String?

    @OptionGroup(title: "What") var start: StartOptions

    @OptionGroup var labels: LabelMapOptions

    @Flag(help: "Take a label map without an image for an error.")
    var strict = false

    @OptionGroup(title: "What") var shape: ModelOptions
    @OptionGroup(title: "What") var preset: PresetOptions<SegmentationConfig>
    @OptionGroup var options: RunOptions
    @OptionGroup(title: "Pixels") var pixels: PixelOptions
    @OptionGroup(title: "Where") var folder: FolderOptions

    func run() throws {
      let processes = try Launch.join()
      try folder.takeUp(.segment)
      let settings = try settings()
      let others = try preset.others(than: settings, options, flags, goesOn: folder.isResuming)
      let run = try SegmentationRun(
        settings, costs: CostStore(CacheFolder.costs), others: others, processes: processes)
      guard try folder.run(run, processes: processes) else { return }
      if let result = run.result { try SegmentCommand.report(result, json: folder.output.json) }
      RunClosing.sayNextSteps(
        network: "segmenter", at: RunFolder(at: folder.url).segmenter, command: "segment", run: folder.out,
        test: "FOLDER --split SPLIT")
    }

    private var flags: [String?] { shape.flags + start.flags + pixels.flags }

    private func settings() throws -> SegmentationConfig {
      try start.check(dataFolder, missing: "Name the folder of the images.", resuming: folder.isResuming)
      var config = try preset.applied(
        options, flags + [RunOptions.assignment("data.labelMap", labels.mapping().map { "'\($0)'" })],
        to: folder.isResuming ? SegmentationConfig.ofRun(in: folder.url) : SegmentationConfig(),
        goesOn: folder.isResuming)
      if let dataFolder { config.data.folder = RunOptions.absolute(dataFolder) }
      if let split { config.data.split = split }
      if let testSplit { config.data.testSplit = testSplit }
      if strict { config.data.strict = true }
      if let encoder = start.encoder { config.encoder = encoder }
      try StartOptions.checkShape(
        flags + options.all, encoder: config.encoder, model: config.model)
      return config
    }
  }

  /// The segmenter.
  struct Subject: ParsableArguments {
    @Option(help: ArgumentHelp("A run of 'segment train', or its segmenter.safetensors.", valueName: "run|file"))
    var from: String
  }

  /// How images are looked at.
  struct ViewOptions: ParsableArguments {
    @Option(help: "The most pixels of the short side. (default: the run's, evaluation.shortSide)")
    var shortSide: Int?

    @Option(help: "The most pixels of the long side. (default: the run's, evaluation.longSide)")
    var longSide: Int?

    @Option(help: "The side of overlapping windows; 0 sees images whole. (default: the run's, evaluation.window)")
    var window: Int?

    @Option(help: "From one window to the next. (default: the run's, evaluation.stride)")
    var stride: Int?

    @Flag(help: "Average over six sizes and mirror images.")
    var multiScale = false

    /// As the segmenter was judged in training, but for what the flags say; tells the difference.
    func view(of segmenter: Segmenter, from file: URL) throws -> SegmentationEvaluation.Config {
      let own = SegmentationConfig.view(of: segmenter, from: file)
      var view = own ?? SegmentationEvaluation.Config()
      var changes = ViewChanges()
      changes.apply(shortSide, to: &view.shortSide, "short side")
      changes.apply(longSide, to: &view.longSide, "long side")
      changes.apply(window.map { $0 == 0 ? nil : $0 }, to: &view.window, "window", describe: describe)
      changes.apply(stride, to: &view.stride, "stride")
      if multiScale {
        let scales = Array(Swift.stride(from: 0.5, through: 1.75, by: 0.25))
        changes.apply(scales, to: &view.scales, "scales")
        changes.apply(true, to: &view.flips, "mirror images")
      }
      let sides = "a short side of \(view.shortSide), a long side of \(view.longSide) pixels at most"
      changes.tell(about: file, assumed: own == nil ? "\(sides), window \(describe(view.window))" : nil)
      try view.validate()
      return view
    }

    private func describe(_ window: Int?) -> String { window.map { "\($0)" } ?? "0 (whole images)" }
  }

  struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure a segmenter: intersection over union and accuracy, class by class.",
      usage: "splitmask segment evaluate <folder> --from <run|file>\n    [<options>]")

    @Argument(help: "The folder with images and annotations.")
    var folder: String

    /// What is measured on.
    struct Part: ParsableArguments {
      @Option(help: "The part to look at.")
      var split = "validation"
    }

    @OptionGroup(title: "What") var subject: Subject
    @OptionGroup(title: "What") var part: Part
    @OptionGroup(title: "What") var labels: LabelMapOptions
    @OptionGroup(title: "What") var view: ViewOptions
    @OptionGroup var options: DenseOptions
    @OptionGroup(title: "Where") var output: OutputOptions

    func run() throws {
      let processes = try Launch.join()
      let (device, precision, workers) = try options.resolved(for: processes)
      let file = try DenseOptions.file(subject.from, .segmenter)
      let segmenter = try Segmenter(reading: file)
      segmenter.network.move(to: device)
      let dataset = try ADEFolder(
        URL(fileURLWithPath: folder), split: part.split, labelMap: labels.mapping() ?? segmenter.labelMap,
        channelFiles: segmenter.normalization.format?.files)
      let evaluation = try SegmentationEvaluation(
        of: dataset.imageFiles(), pixels: segmenter.normalization, config: view.view(of: segmenter, from: file),
        workers: workers, device: device, precision: precision, share: processes.batchShare)
      let result = try evaluation.measure(segmenter, folder: dataset, processes: processes)
      processes.leave()
      DenseOptions.report(evaluation.skipped)
      try SegmentCommand.report(result, json: output.json)
    }
  }

  /// Prints the figures as a table, or as JSON.
  static func report(_ result: SegmentationMetrics.Result, json: Bool) throws {
    if json { return try Terminal.print(json: result) }
    let width = result.perClass.map(\.name.count).max() ?? 0
    func percent(_ value: Double?) -> String {
      let text = value.map { String(format: "%.1f", 100 * $0) } ?? "–"
      return String(repeating: " ", count: max(0, 7 - text.count)) + text
    }
    func row(_ name: String, _ first: String, _ second: String) -> String {
      name.padding(toLength: max(width, 5), withPad: " ", startingAt: 0) + first + second
    }
    let rows = result.perClass.map { row($0.name, percent($0.intersectionOverUnion), percent($0.accuracy)) }
    let means = row("mean", percent(result.meanIntersectionOverUnion), percent(result.meanAccuracy))
    Terminal.print(
      ([row("class", "    IoU", "    Acc")] + rows + [means, "all pixels \(percent(result.allPixelAccuracy))"])
        .joined(separator: "\n"))
  }
}
