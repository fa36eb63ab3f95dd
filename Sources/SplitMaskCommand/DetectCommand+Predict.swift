import ArgumentParser
import DenseAnnotations
import DenseTasks
import DurableFiles
import Foundation
import ImageCoding
import Torch
import Training

extension DetectCommand {
  struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draw and list the objects on images.",
      usage: """
        splitmask detect predict <images> ...
            --from <run|file> --out <folder> [<options>]
        """,
      discussion: """
        Writes a picture of every image with boxes, masks, classes and scores, where the image lies in its folder; \
        detections.json, a COCO file whose annotations have scores; and counts.csv, the objects of each class on each image.
        """)

    /// What counts as found.
    struct Choice: ParsableArguments {
      @Option(help: "Objects of a lower score, from 0 to 1, are left out.")
      var threshold: Float = 0.5

      /// Says what a percentage would do.
      func tell() {
        guard threshold > 1 else { return }
        Terminal.say("note: scores lie between 0 and 1, so a threshold of \(threshold) leaves every object out")
      }
    }

    @OptionGroup(title: "What") var subject: Subject
    @OptionGroup(title: "What") var choice: Choice
    @OptionGroup(title: "What") var view: ViewOptions
    @OptionGroup var options: DenseOptions
    @OptionGroup var prediction: PredictionOptions

    func run() throws {
      let (device, precision, workers) = try options.resolved(for: .alone)
      let file = try DenseOptions.file(subject.from, .detector)
      let detector = try Detector(reading: file)
      detector.network.move(to: device)
      let view = try view.view(of: detector, from: file)
      let (listName, countsName) = ("detections.json", "counts.csv")
      let files = try prediction.files(
        suffixes: [".png"], others: [listName, countsName], writer: "detect predict", model: file,
        pixels: detector.normalization)
      let images = files.images
      let pass = try DetectionPass(
        over: images, pixels: detector.normalization, view: view, batchSize: 1, workers: workers, device: device,
        precision: precision)
      let picture = DetectionPicture(classNames: detector.classNames, scoreThreshold: choice.threshold)
      var list = DetectionList(classNames: detector.classNames)
      files.tellRenamed()
      choice.tell()
      try pass.forEach(detector) { index, size, detections in
        let shown = detections.filter { $0.score >= choice.threshold }
        list.add(shown, name: images.name(of: index), size: size)
        try files.write(index, as: detector.normalization) { [try ImageEncoder.png(picture.draw(shown, on: $0))] }
        DenseOptions.show(index + 1, of: images.count)
      }
      Terminal.clearLine()
      let (place, countsPlace) = (files.folder.appending(path: listName), files.folder.appending(path: countsName))
      try AtomicFile.write(try list.json(), to: place)
      try AtomicFile.write(list.counts(), to: countsPlace)
      let skipped = pass.skipped
      let outcome = Outcome(
        images: images.count - skipped.count, objects: list.count, perClass: list.countsOfClasses,
        leftOut: files.leftOutCount(skipped: skipped), list: place.relativePath, counts: countsPlace.relativePath,
        folder: files.folder.relativePath)
      try prediction.output.print(outcome)
      try files.report(skipped: skipped)
    }
  }

  /// What `predict` found.
  private struct Outcome: Encodable, CustomStringConvertible {
    let images: Int
    let objects: Int
    let perClass: [String: Int]
    /// Images that could not be read, or their pictures not written.
    let leftOut: Int
    let list: String
    let counts: String
    let folder: String

    enum CodingKeys: String, CodingKey {
      case images, objects, list, counts, folder
      case perClass = "per_class"
      case leftOut = "left_out"
    }

    var description: String {
      "\(objects) \(objects == 1 ? "object" : "objects") on \(images) \(images == 1 ? "image" : "images"): \(list), \(counts)"
    }
  }
}
