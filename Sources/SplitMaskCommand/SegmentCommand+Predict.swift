import ArgumentParser
import DenseAnnotations
import DenseTasks
import Foundation
import ImageCoding
import Torch
import Training

extension SegmentCommand {
  struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the class of every pixel of images.",
      usage: """
        splitmask segment predict <images> ...
            --from <run|file> --out <folder> [<options>]
        """,
      discussion: """
        Writes for every image, where it lies in its folder, NAME.png, a label map with the values of those that were learned \
        from (ADE20k's: 1 is the first class), and NAME-overlay.png, the classes as colours with a legend.
        """)

    @OptionGroup(title: "What") var subject: Subject
    @OptionGroup(title: "What") var view: ViewOptions
    @OptionGroup var options: DenseOptions
    @OptionGroup var prediction: PredictionOptions

    func run() throws {
      let (device, precision, workers) = try options.resolved(for: .alone)
      let file = try DenseOptions.file(subject.from, .segmenter)
      let segmenter = try Segmenter(reading: file)
      segmenter.network.move(to: device)
      let view = try view.view(of: segmenter, from: file)
      let files = try prediction.files(
        suffixes: [".png", "-overlay.png"], writer: "segment predict", model: file, pixels: segmenter.normalization)
      let evaluation = try SegmentationEvaluation(
        of: files.images, pixels: segmenter.normalization, config: view, workers: workers, device: device,
        precision: precision)
      let picture = SegmentationPicture(classNames: segmenter.classNames)
      files.tellRenamed()
      let values = segmenter.classNames.indices.map { segmenter.labelMap.value(of: UInt8($0)) }
      var pixels = segmenter.classNames.map { _ in 0 }
      try evaluation.forEachPrediction(segmenter) { index, labels in
        for label in labels.values { pixels[Int(label)] += 1 }
        try files.write(index, as: segmenter.normalization) { image in
          let map = labels.values.map { values[Int($0)] }
          return [
            try ImageEncoder.png(grey: map, width: labels.width, height: labels.height),
            try ImageEncoder.png(picture.drawWithLegend(labels, on: image)),
          ]
        }
        DenseOptions.show(index + 1, of: files.images.count)
      }
      Terminal.clearLine()
      let skipped = evaluation.skipped
      let outcome = Outcome(
        labelMaps: files.writtenCount(skipped: skipped),
        pixelsPerClass: Dictionary(zip(segmenter.classNames, pixels), uniquingKeysWith: +),
        leftOut: files.leftOutCount(skipped: skipped), folder: files.folder.relativePath)
      try prediction.output.print(outcome)
      try files.report(skipped: skipped)
    }
  }

  /// What `predict` wrote.
  private struct Outcome: Encodable, CustomStringConvertible {
    let labelMaps: Int
    let pixelsPerClass: [String: Int]
    /// Images that could not be read, or their label maps not written.
    let leftOut: Int
    let folder: String

    enum CodingKeys: String, CodingKey {
      case folder
      case labelMaps = "label_maps"
      case pixelsPerClass = "pixels_per_class"
      case leftOut = "left_out"
    }

    var description: String { "\(labelMaps) label maps: \(folder)" }
  }
}
