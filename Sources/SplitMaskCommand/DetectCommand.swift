import ArgumentParser
import DenseAnnotations
import DenseTasks
import DurableFiles
import Foundation
import ImageData
import Recipes
import Torch
import Training

struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Find objects: Mask R-CNN around an encoder.",
    subcommands: [Train.self, Evaluate.self, Predict.self])

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Train a detector on boxes, and masks where there are some.",
      usage: """
        splitmask detect train <images> <annotations> --from <run|file|random> --out <run> [<options>]
        splitmask detect train --out <run> --resume
        """,
      discussion: """
        Annotations are COCO's instances. The detector is judged by COCO's numbers after every epoch where test images are \
        given. Ctrl-C saves and exits with 75; --resume goes on.
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
    @OptionGroup var options: RunOptions
    @OptionGroup(title: "Where") var folder: FolderOptions

    func run() throws {
      let processes = try Launch.join()
      let run = try DetectionRun(try settings(), processes: processes)
      guard try folder.run(run, processes: processes) else { return }
      if let result = run.result { try DetectCommand.report(result, json: folder.output.json) }
      Terminal.say("the detector is \(RunFolder(at: folder.url).detector.relativePath)")
    }

    private func settings() throws -> DetectionConfig {
      try start.check(
        annotations, missing: "Name the folder of the training images and their COCO file.", resuming: folder.isResuming
      )
      var config = try options.applied(
        shape.flags, to: folder.isResuming ? DetectionConfig.ofRun(in: folder.url) : DetectionConfig())
      if let images { config.data.images = RunOptions.absolute(images) }
      if let annotations { config.data.annotations = RunOptions.absolute(annotations) }
      if let testImages { config.data.testImages = RunOptions.absolute(testImages) }
      if let testAnnotations { config.data.testAnnotations = RunOptions.absolute(testAnnotations) }
      if strict { config.data.strict = true }
      if let encoder = start.encoder { config.encoder = encoder }
      return config
    }
  }

  struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measure a detector by COCO's numbers.")

    @Argument(help: "The folder of the images.")
    var images: String

    @Argument(help: "Their COCO file.")
    var annotations: String

    @Option(help: ArgumentHelp("A run of 'detect train', or its detector.safetensors.", valueName: "run|file"))
    var from: String

    @Option(help: "The most pixels of the short side.")
    var shortSide = DetectionPass.View().shortSide

    @Option(help: "The most pixels of the long side.")
    var longSide = DetectionPass.View().longSide

    @Option(help: "Images at once.")
    var batchSize = 1

    @Option(help: ArgumentHelp("A folder for what was found, as COCO's result files.", valueName: "folder"))
    var results: String?

    @Flag(help: "Take anything unusable in the annotations for an error.")
    var strict = false

    @OptionGroup var options: DenseOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
      let processes = try Launch.join()
      let (device, precision, workers) = try options.resolved(for: processes)
      let detector = try Detector(reading: DenseOptions.file(from) { $0.detector })
      detector.network.move(to: device)
      let folder = URL(fileURLWithPath: images)
      let dataset = try COCODataset(URL(fileURLWithPath: annotations), imageFolder: folder, strict: strict)
      if !dataset.report.isEmpty { Terminal.say("left out of \(annotations): \(dataset.report)") }
      let evaluation = try DetectionEvaluation(
        of: dataset, images: dataset.files(ofImages: Array(dataset.images.indices), in: folder),
        view: DetectCommand.view(shortSide, longSide), batchSize: batchSize, workers: workers, device: device,
        precision: precision, share: processes.batchShare)
      let found = try evaluation.detect(detector, processes: processes)
      processes.leave()
      guard processes.isFirst else { return }
      DenseOptions.report(evaluation.skipped)
      let hasMasks = detector.network.maskHead != nil
      if let results { try write(found, hasMasks: hasMasks, of: dataset, to: URL(fileURLWithPath: results)) }
      try DetectCommand.report(evaluation.judge(found, masks: hasMasks), json: output.json)
    }

    private func write(_ found: [COCODetection], hasMasks: Bool, of dataset: COCODataset, to folder: URL) throws {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for kind in COCOResults.Kind.allCases where kind == .boxes || hasMasks {
        try COCOResults.write(found, kind, of: dataset, to: folder.appending(path: "\(kind.rawValue).json"))
      }
    }
  }

  struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draw and list the objects on images.",
      discussion: """
        Writes a picture of every image with boxes, masks, classes and scores, and detections.json: a COCO file whose \
        annotations have scores.
        """)

    @OptionGroup var prediction: PredictionOptions

    @Option(help: ArgumentHelp("A run of 'detect train', or its detector.safetensors.", valueName: "run|file"))
    var from: String

    @Option(help: "Objects of a lower score are left out.")
    var threshold: Float = 0.5

    @Option(help: "The most pixels of the short side.")
    var shortSide = DetectionPass.View().shortSide

    @Option(help: "The most pixels of the long side.")
    var longSide = DetectionPass.View().longSide

    @OptionGroup var options: DenseOptions

    func run() throws {
      let (device, precision, workers) = try options.resolved()
      let detector = try Detector(reading: DenseOptions.file(from) { $0.detector })
      detector.network.move(to: device)
      let (folder, images, names) = try prediction.prepared()
      let pass = try DetectionPass(
        over: images, view: DetectCommand.view(shortSide, longSide), batchSize: 1, workers: workers, device: device,
        precision: precision)
      let picture = DetectionPicture(classNames: detector.classNames, scoreThreshold: threshold)
      var list = DetectionList(classNames: detector.classNames)
      try pass.forEach(detector) { index, size, detections in
        let shown = detections.filter { $0.score >= threshold }
        list.add(shown, name: images.name(of: index), size: size)
        let drawn = picture.draw(shown, on: try images.decoded(index))
        try AtomicFile.write(try ImageEncoder.png(drawn), to: folder.appending(path: "\(names[index]).png"))
        DenseOptions.show(index + 1, of: images.count)
      }
      DenseOptions.report(pass.skipped)
      let file = folder.appending(path: "detections.json")
      try AtomicFile.write(try list.json(), to: file)
      Terminal.print("\(list.count) objects on \(images.count - pass.skipped.count) images: \(file.relativePath)")
    }
  }

  static func view(_ shortSide: Int, _ longSide: Int) throws -> DetectionPass.View {
    var view = DetectionPass.View()
    (view.shortSide, view.longSide) = (shortSide, longSide)
    try view.validate("short-side")
    return view
  }

  /// Prints COCO's numbers as pycocotools does, or as JSON.
  static func report(_ result: DetectionEvaluation.Result, json: Bool) throws {
    if json { return try Terminal.print(json: result) }
    Terminal.print("Boxes\n\(result.boxes.summarize())")
    if let masks = result.masks { Terminal.print("Masks\n\(masks.summarize())") }
  }
}
