import ArgumentParser
import Foundation
import ImageData
import Runs
import Settings
import SplitMaskCore
import Torch
import Training

/// How to look at images with a network that was trained.
struct DenseOptions: ParsableArguments {
  /// What is mostly left as it is.
  struct Details: ParsableArguments {
    @Option(help: "Type of matrix products: float32 or bfloat16.")
    var precision: String = Precision.float32.rawValue

    @Option(help: "Threads that decode images. (default: one a processor)")
    var workers: Int?
  }

  @OptionGroup(title: "Where") var place: EncoderOptions.Place
  @OptionGroup(title: "Advanced") var details: Details

  /// The device, the type of matrix products and the number of threads.
  func resolved(
    for processes: ProcessGroup
  ) throws -> (device: Device, precision: DType?, workers: Int) {
    let settings = try ConfigurationOverlay.applying(
      assignments: ["device=\(place.device)", "training.precision=\(details.precision)"], to: PretrainConfig())
    return (
      try settings.device.resolve(for: processes), settings.training.precision.autocastType,
      details.workers ?? processes.defaultWorkers
    )
  }

  /// The file of a network in a run folder, complete or not, or the file itself; says how it was chosen.
  static func file(_ path: String, _ kind: RunWeights.Kind) throws -> URL {
    let weights = try RunWeights(at: path, kind)
    for note in weights.notes { Terminal.say(note) }
    return weights.file
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
