import ArgumentParser
import DenseAnnotations
import DenseTasks
import DurableFiles
import Foundation
import ImageData
import Runs
import SplitMaskCore
import Torch
import Training
import TrainingCost

struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Find objects: Mask R-CNN around an encoder.",
    subcommands: [Train.self, Evaluate.self, Predict.self])

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Train a detector on boxes, and masks where there are some.",
      usage: """
        splitmask detect train <images> <annotations>
            --from <run|file|random> --out <run> [<options>]
        splitmask detect train --out <run> --resume
        """,
      discussion: """
        Annotations are COCO's instances. Where test images are given, the detector is judged by COCO's numbers after every \
        epoch (every fifth of the preset small). The encoder has patches of 16: pretrain it with --patch-size 16. Ctrl-C saves \
        and exits with 75; --resume goes on.
        """)

    @Argument(help: "The folder of the training images. (not with --resume)")
    var images: String?

    @Argument(help: "Their COCO file.")
    var annotations: String?

    @Option(help: ArgumentHelp("The folder of the test images.", valueName: "folder"))
    var testImages: String?

    @Option(help: ArgumentHelp("Their COCO file.", valueName: "file"))
    var testAnnotations: String?

    @OptionGroup(title: "What") var start: StartOptions

    @Flag(help: "Take anything unusable in the annotations for an error.")
    var strict = false

    @OptionGroup(title: "What") var shape: ModelOptions
    @OptionGroup(title: "What") var preset: PresetOptions<DetectionConfig>
    @OptionGroup var options: RunOptions
    @OptionGroup(title: "Pixels") var pixels: PixelOptions
    @OptionGroup(title: "Where") var folder: FolderOptions

    func run() throws {
      let processes = try Launch.join()
      try folder.takeUp(.detect)
      let settings = try settings()
      let others = try preset.others(than: settings, options, flags, goesOn: folder.isResuming)
      let run = try DetectionRun(
        settings, costs: CostStore(CacheFolder.costs), others: others, processes: processes)
      guard try folder.run(run, processes: processes) else { return }
      if let result = run.result { try DetectCommand.report(result, json: folder.output.json) }
      RunClosing.sayNextSteps(
        network: "detector", at: RunFolder(at: folder.url).detector, command: "detect", run: folder.out,
        test: "TEST ANNOTATIONS")
    }

    private var flags: [String?] { shape.flags + start.flags + pixels.flags }

    private func settings() throws -> DetectionConfig {
      try start.check(
        annotations, missing: "Name the folder of the training images and their COCO file.", resuming: folder.isResuming
      )
      var config = try preset.applied(
        options, flags, to: folder.isResuming ? DetectionConfig.ofRun(in: folder.url) : DetectionConfig(),
        goesOn: folder.isResuming)
      if let images { config.data.images = RunOptions.absolute(images) }
      if let annotations { config.data.annotations = RunOptions.absolute(annotations) }
      if let testImages { config.data.testImages = RunOptions.absolute(testImages) }
      if let testAnnotations { config.data.testAnnotations = RunOptions.absolute(testAnnotations) }
      if strict { config.data.strict = true }
      if let encoder = start.encoder { config.encoder = encoder }
      try StartOptions.checkShape(
        flags + options.all, encoder: config.encoder, model: config.model)
      return config
    }
  }

  /// The detector.
  struct Subject: ParsableArguments {
    @Option(help: ArgumentHelp("A run of 'detect train', or its detector.safetensors.", valueName: "run|file"))
    var from: String
  }

  /// How images are looked at.
  struct ViewOptions: ParsableArguments {
    @Option(help: "The most pixels of the short side. (default: the run's, evaluation.view.shortSide)")
    var shortSide: Int?

    @Option(help: "The most pixels of the long side. (default: the run's, evaluation.view.longSide)")
    var longSide: Int?

    /// As the detector was judged in training, but for what the flags say; tells the difference.
    func view(of detector: Detector, from file: URL) throws -> DetectionPass.View {
      let own = DetectionConfig.view(of: detector, from: file)
      var view = own ?? DetectionPass.View()
      var changes = ViewChanges()
      changes.apply(shortSide, to: &view.shortSide, "short side")
      changes.apply(longSide, to: &view.longSide, "long side")
      changes.tell(
        about: file,
        assumed: own == nil ? "a short side of \(view.shortSide), a long side of \(view.longSide) pixels at most" : nil)
      try view.validate("short-side")
      return view
    }
  }

  struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure a detector by COCO's numbers.",
      usage: """
        splitmask detect evaluate <images> <annotations>
            --from <run|file> [<options>]
        """)

    @Argument(help: "The folder of the images.")
    var images: String

    @Argument(help: "Their COCO file.")
    var annotations: String

    /// What is let pass.
    struct Strictness: ParsableArguments {
      @Flag(help: "Take anything unusable in the annotations for an error.")
      var strict = false
    }

    /// Where the outcome goes.
    struct Place: ParsableArguments {
      @Option(help: ArgumentHelp("A folder for what was found, as COCO's result files.", valueName: "folder"))
      var results: String?
    }

    /// What is mostly left as it is.
    struct Details: ParsableArguments {
      @Option(help: "Images of a batch; on a CPU, every thread has its own.")
      var batchSize = 1
    }

    @OptionGroup(title: "What") var subject: Subject
    @OptionGroup(title: "What") var view: ViewOptions
    @OptionGroup(title: "What") var strictness: Strictness
    @OptionGroup var options: DenseOptions
    @OptionGroup(title: "Where") var place: Place
    @OptionGroup(title: "Where") var existing: OverwriteOptions
    @OptionGroup(title: "Where") var output: OutputOptions
    @OptionGroup(title: "Advanced") var details: Details

    func run() throws {
      let processes = try Launch.join()
      let (device, precision, workers) = try options.resolved(for: processes)
      let file = try DenseOptions.file(subject.from, .detector)
      let detector = try Detector(reading: file)
      detector.network.move(to: device)
      let folder = URL(fileURLWithPath: images)
      let dataset = try COCODataset(URL(fileURLWithPath: annotations), imageFolder: folder, strict: strictness.strict)
      if !dataset.report.isEmpty { Terminal.say("left out of \(annotations): \(dataset.report)") }
      let files = try dataset.files(
        ofImages: Array(dataset.images.indices), in: folder, channelFiles: detector.normalization.format?.files)
      let kinds = COCOResults.Kind.allCases.filter { $0 == .boxes || detector.network.maskHead != nil }
      if processes.isFirst { try prepareResults(kinds, reading: files, detector: file) }
      let evaluation = try DetectionEvaluation(
        of: dataset, images: files, pixels: detector.normalization, view: view.view(of: detector, from: file),
        batchSize: details.batchSize, workers: workers, device: device, precision: precision,
        share: processes.batchShare)
      let found = try evaluation.detect(detector, processes: processes)
      processes.leave()
      guard processes.isFirst else { return }
      DenseOptions.report(evaluation.skipped)
      for kind in kinds where place.results != nil {
        try COCOResults.write(found, kind, of: dataset, to: resultFile(kind))
      }
      try DetectCommand.report(evaluation.judge(found, masks: detector.network.maskHead != nil), json: output.json)
    }

    private func resultFile(_ kind: COCOResults.Kind) -> URL {
      URL(fileURLWithPath: place.results ?? "").appending(path: "\(kind.rawValue).json")
    }

    private func prepareResults(_ kinds: [COCOResults.Kind], reading images: ImageDataset, detector: URL) throws {
      guard place.results != nil else { return }
      try existing.prepare(
        kinds.map(resultFile), key: "results", markedBy: "detect evaluate", reading: images,
        and: [annotations, detector.path])
    }
  }

  /// Prints COCO's numbers as pycocotools does, and each class's where there are several; or all as JSON.
  static func report(_ result: DetectionEvaluation.Result, json: Bool) throws {
    if json { return try Terminal.print(json: result) }
    Terminal.print("Boxes\n\(result.boxes.summarize())")
    if let masks = result.masks { Terminal.print("Masks\n\(masks.summarize())") }
    if result.perClass.count > 1 { Terminal.print(perClass(result)) }
  }

  private static func perClass(_ result: DetectionEvaluation.Result) -> String {
    func precision(_ value: Double?) -> String { value.map { String(format: "%0.3f", $0) } ?? "–" }
    let hasMasks = result.masks != nil
    let rows = result.perClass.map {
      [$0.name, "\($0.objects)", precision($0.boxes)] + (hasMasks ? [precision($0.masks)] : [])
    }
    return TextTable.text(
      [["class", "objects", "box AP"] + (hasMasks ? ["mask AP"] : [])] + rows, alignments: [.left])
  }
}
