import ArgumentParser
import DenseAnnotations
import DenseTasks
import DurableFiles
import Foundation
import ImageData
import Recipes
import Torch
import Training

struct SegmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segment", abstract: "Find the class of every pixel: UPerNet around an encoder.",
    subcommands: [Train.self, Evaluate.self, Predict.self])

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Train a segmenter on label maps.",
      usage: """
        splitmask segment train <folder> --from <run|file|random> --out <run> [<options>]
        splitmask segment train --out <run> --resume
        """,
      discussion: """
        The folder is laid out as ADE20k's: images/SPLIT/NAME.jpg, annotations/SPLIT/NAME.png (0 is ignored), and \
        classes.txt, a name a line. Ctrl-C saves and exits with 75; --resume goes on.
        """)

    @Argument(
      help: ArgumentHelp("The folder with images and annotations. (not with --resume)", valueName: "folder"))
    var dataFolder: String?

    @Option(help: "The part to learn from. (default: training)")
    var split: String?

    @Option(help: "The part to be judged by.")
    var testSplit: String?

    @OptionGroup(title: "What") var start: StartOptions

    @Flag(help: "Take a label map without an image for an error.")
    var strict = false

    @OptionGroup(title: "What") var shape: ModelOptions
    @OptionGroup var options: RunOptions
    @OptionGroup(title: "Where") var folder: FolderOptions

    func run() throws {
      let processes = try Launch.join()
      let run = try SegmentationRun(try settings(), processes: processes)
      guard try folder.run(run, processes: processes) else { return }
      if let result = run.result { try SegmentCommand.report(result, json: folder.output.json) }
      Terminal.say("the segmenter is \(RunFolder(at: folder.url).segmenter.relativePath)")
    }

    private func settings() throws -> SegmentationConfig {
      try start.check(dataFolder, missing: "Name the folder of the images.", resuming: folder.isResuming)
      var config = try options.applied(
        shape.flags, to: folder.isResuming ? SegmentationConfig.ofRun(in: folder.url) : SegmentationConfig())
      if let dataFolder { config.data.folder = RunOptions.absolute(dataFolder) }
      if let split { config.data.split = split }
      if let testSplit { config.data.testSplit = testSplit }
      if strict { config.data.strict = true }
      if let encoder = start.encoder { config.encoder = encoder }
      return config
    }
  }

  /// How images are looked at.
  struct ViewOptions: ParsableArguments {
    @Option(help: "The most pixels of the short side.")
    var shortSide = SegmentationEvaluation.Config().shortSide

    @Option(help: "The most pixels of the long side.")
    var longSide = SegmentationEvaluation.Config().longSide

    @Option(help: "The side of overlapping windows; 0 sees images whole.")
    var window = 512

    @Option(help: "From one window to the next.")
    var stride = SegmentationEvaluation.Config().stride

    @Flag(help: "Average over six sizes and mirror images.")
    var multiScale = false

    func config() -> SegmentationEvaluation.Config {
      var config = SegmentationEvaluation.Config()
      (config.shortSide, config.longSide, config.stride) = (shortSide, longSide, stride)
      config.window = window == 0 ? nil : window
      if multiScale {
        config.scales = Array(Swift.stride(from: 0.5, through: 1.75, by: 0.25))
        config.flips = true
      }
      return config
    }
  }

  struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure a segmenter: intersection over union and accuracy, class by class.")

    @Argument(help: "The folder with images and annotations.")
    var folder: String

    @Option(help: "The part to look at.")
    var split = "validation"

    @Option(help: ArgumentHelp("A run of 'segment train', or its segmenter.safetensors.", valueName: "run|file"))
    var from: String

    @OptionGroup var view: ViewOptions
    @OptionGroup var options: DenseOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
      let processes = try Launch.join()
      let (device, precision, workers) = try options.resolved(for: processes)
      let segmenter = try Segmenter(reading: DenseOptions.file(from) { $0.segmenter })
      segmenter.network.move(to: device)
      let dataset = try ADEFolder(URL(fileURLWithPath: folder), split: split)
      let evaluation = try SegmentationEvaluation(
        of: dataset.imageFiles(), config: view.config(), workers: workers, device: device, precision: precision,
        share: processes.batchShare)
      let result = try evaluation.measure(segmenter, folder: dataset, processes: processes)
      processes.leave()
      DenseOptions.report(evaluation.skipped)
      try SegmentCommand.report(result, json: output.json)
    }
  }

  struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the class of every pixel of images.",
      discussion: """
        Writes for every image NAME.png, a label map as ADE20k's (1 is the first class), and NAME-overlay.png, the \
        classes as colours with a legend.
        """)

    @OptionGroup var prediction: PredictionOptions

    @Option(help: ArgumentHelp("A run of 'segment train', or its segmenter.safetensors.", valueName: "run|file"))
    var from: String

    @OptionGroup var view: ViewOptions
    @OptionGroup var options: DenseOptions

    func run() throws {
      let (device, precision, workers) = try options.resolved()
      let segmenter = try Segmenter(reading: DenseOptions.file(from) { $0.segmenter })
      segmenter.network.move(to: device)
      let (folder, images, names) = try prediction.prepared()
      let evaluation = try SegmentationEvaluation(
        of: images, config: view.config(), workers: workers, device: device, precision: precision)
      let picture = SegmentationPicture(classNames: segmenter.classNames)
      try evaluation.forEachPrediction(segmenter) { index, labels in
        let map = try ImageEncoder.png(grey: labels.values.map { $0 + 1 }, width: labels.width, height: labels.height)
        try AtomicFile.write(map, to: folder.appending(path: "\(names[index]).png"))
        let overlay = picture.drawWithLegend(labels, on: try images.decoded(index))
        try AtomicFile.write(
          try ImageEncoder.png(overlay), to: folder.appending(path: "\(names[index])-overlay.png"))
        DenseOptions.show(index + 1, of: images.count)
      }
      DenseOptions.report(evaluation.skipped)
      Terminal.print("\(images.count - evaluation.skipped.count) label maps: \(folder.relativePath)")
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
