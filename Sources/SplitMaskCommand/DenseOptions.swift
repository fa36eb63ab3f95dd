import ArgumentParser
import Foundation
import ImageData
import Recipes
import Settings
import Torch
import Training

/// How to look at images with a network that was trained.
struct DenseOptions: ParsableArguments {
  @Option(help: "Where to compute: auto, cpu, cuda or mps.")
  var device: String = DeviceChoice.auto.rawValue

  @Option(help: "Type of matrix products: float32 or bfloat16.")
  var precision: String = Precision.float32.rawValue

  @Option(help: "Threads that decode images. (default: one a processor)")
  var workers: Int?

  /// The device, the type of matrix products and the number of threads.
  func resolved(
    for processes: ProcessGroup = .alone
  ) throws -> (device: Device, precision: DType?, workers: Int) {
    let settings = try ConfigurationOverlay.applying(
      assignments: ["device=\(device)", "training.precision=\(precision)"], to: PretrainConfig())
    return (
      try settings.device.resolve(for: processes), settings.training.precision.autocastType,
      workers ?? processes.defaultWorkers
    )
  }

  /// A run folder's file, or the file itself.
  static func file(_ path: String, in folder: (RunFolder) -> URL) throws -> URL {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw InvalidSetting("from", "\(url.path) is neither a run folder nor a file")
    }
    guard isFolder.boolValue else { return url }
    let file = folder(RunFolder(at: url))
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw InvalidSetting(
        "from", "\(url.path) has no \(file.lastPathComponent): the run is not complete, or of another kind")
    }
    return file
  }

  /// Shows how far a pass over images is.
  static func show(_ done: Int, of total: Int) {
    WorkProgress.report("predicting images", done: done, total: total)
  }

  /// Says which images could not be read.
  static func report(_ skipped: [SkippedImage]) {
    for image in skipped { Terminal.say("skipped \(image.name): \(image.reason)") }
  }
}

/// Where predictions on images go.
struct PredictionOptions: ParsableArguments {
  @Argument(help: "Images, folders of images, or lists of paths (.txt).")
  var images: [String]

  @Option(help: ArgumentHelp("The folder for what was found.", valueName: "folder"))
  var out: String

  /// The folder, made if need be; and the images with a name for each that none shares.
  func prepared() throws -> (folder: URL, images: ImageDataset, names: [String]) {
    let folder = URL(fileURLWithPath: out)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let dataset = try ImageDataset(paths: images)
    dataset.sayNotes()
    var taken: [String: Int] = [:]
    let names = (0..<dataset.count).map { index in
      let plain = URL(fileURLWithPath: dataset.name(of: index)).deletingPathExtension().lastPathComponent
      taken[plain, default: 0] += 1
      return taken[plain]! == 1 ? plain : "\(plain)-\(taken[plain]!)"
    }
    return (folder, dataset, names)
  }
}

extension ImageDataset {
  /// An image, upright.
  func decoded(_ index: Int) throws -> PixelImage {
    try withBytes(of: index) { try EncodedImage(bytes: $0).decode() }
  }
}
