import Foundation
import ImageData
import SplitMaskCore
import Training

/// What is said after a run that is complete: what its curves show, and what to do next.
enum RunClosing {
  /// Says what the curves show.
  static func sayReading(of run: URL) {
    guard let rows = try? MetricsLog.rows(of: RunFolder(at: run).metrics) else { return }
    Terminal.say(CurveReading(rows).sentence)
  }

  /// Says where the encoder is, and what can be done with it, first without labels.
  ///
  /// - Parameters:
  ///   - run: the run folder as it was typed.
  ///   - images: the training images.
  ///   - areLabelled: whether those lie in folders of classes.
  ///   - tiles: how they were cut.
  static func sayNextSteps(run: String, images: [String], areLabelled: Bool, tiles: Tiling?) {
    let folder = RunFolder(at: URL(fileURLWithPath: run))
    Terminal.say("the encoder is \(run)/\(folder.encoder.lastPathComponent)")
    if let picture = lastPicture(of: folder) {
      Terminal.say("see what it makes of your images: \(run)/\(folder.pictures.lastPathComponent)/\(picture)")
    }
    let source = images.count > 3 ? "IMAGES" : images.map(HumanReadable.shellWord).joined(separator: " ")
    let from = "--from \(HumanReadable.shellWord(run))"
    Terminal.say("write the features of images, without labels, for search, clustering or a classifier of your own:")
    Terminal.say("    splitmask embed \(source) \(from)\(TileOptions.typed(tiles)) --out features.safetensors")
    let areLabelled = areLabelled && tiles == nil
    Terminal.say(
      areLabelled
        ? "measure it on images that it has not seen, in the same folders of classes:"
        : "measure it where some images have labels, in a folder for each class:")
    Terminal.say("    splitmask probe \(areLabelled && images.count == 1 ? source : "TRAIN") TEST \(from)")
  }

  /// Says where a classifier is, and what can be done with it.
  ///
  /// - Parameter run: the run folder as it was typed.
  static func sayNextSteps(classifierOf run: String) {
    Terminal.say("the classifier is \(RunFolder(at: URL(fileURLWithPath: run)).classifier.relativePath)")
    Terminal.say("tell the classes of any images:")
    Terminal.say("    splitmask predict IMAGES --from \(HumanReadable.shellWord(run)) --out predictions.csv")
  }

  /// Says where a dense network is, and what can be done with it.
  ///
  /// - Parameters:
  ///   - network: what it is called.
  ///   - file: its file.
  ///   - command: the command that knows it.
  ///   - run: the run folder as it was typed.
  ///   - test: the arguments that name test images.
  static func sayNextSteps(network: String, at file: URL, command: String, run: String, test: String) {
    let from = "--from \(HumanReadable.shellWord(run))"
    Terminal.say("the \(network) is \(file.relativePath)")
    Terminal.say("measure it on images that it has not seen, or see what it finds on any:")
    Terminal.say("    splitmask \(command) evaluate \(test) \(from)")
    Terminal.say("    splitmask \(command) predict IMAGES \(from) --out found")
  }

  private static func lastPicture(of folder: RunFolder) -> String? {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.pictures.path)
    return names?.filter { $0.hasSuffix(".png") }.max()
  }
}
