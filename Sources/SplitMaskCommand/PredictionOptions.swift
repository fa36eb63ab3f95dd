import ArgumentParser
import DurableFiles
import Foundation
import ImageCoding
import ImageData
import ImageLoading
import SplitMaskCore

/// Where predictions on images go.
struct PredictionOptions: ParsableArguments {
  @Argument(help: "Images, folders of images, or lists of paths (.txt).")
  var images: [String]

  /// Where they go.
  struct Place: ParsableArguments {
    @Option(help: ArgumentHelp("The folder for what was found.", valueName: "folder"))
    var out: String
  }

  @OptionGroup(title: "Where") var place: Place
  @OptionGroup(title: "Where") var existing: OverwriteOptions
  @OptionGroup(title: "Where") var output: OutputOptions

  /// Settles the name of every file, before the first is written.
  ///
  /// - Parameters:
  ///   - suffixes: what the names of each image's files end in.
  ///   - others: files about all images.
  ///   - writer: the command.
  ///   - model: the file of the network, which is read.
  ///   - pixels: how the network sees images.
  /// - Throws: `DatasetError` about the images; as ``OverwriteOptions/prepare(_:key:markedBy:reading:and:)``.
  func files(
    suffixes: [String], others: [String] = [], writer: String, model: URL, pixels: PixelNormalization
  ) throws -> PredictionFiles {
    try Launch.requireAlone(writer, instead: "start one")
    let dataset = try ImageDataset(
      paths: images, indexFolder: CacheFolder.tarIndexes, channelFiles: pixels.format?.files)
    dataset.sayNotes()
    sayWhereAmongImages()
    let files = PredictionFiles(
      of: dataset, in: URL(fileURLWithPath: place.out),
      names: OutputNames(of: dataset, suffixes: suffixes, reserved: others + [OutputMark.fileName]))
    try existing.prepare(
      files.all + others.map { files.folder.appending(path: $0) }, markedBy: writer, reading: dataset, and: [model.path]
    )
    return files
  }

  /// Says it where predictions are put into a folder of the images.
  private func sayWhereAmongImages() {
    func place(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path + "/" }
    guard images.contains(where: { place(self.place.out).hasPrefix(place($0)) }) else { return }
    Terminal.say(
      "note: \(self.place.out) lies in a folder of the images; what is written there is marked, and never taken for images"
    )
  }
}

/// The files of predictions on images, whose names are settled.
final class PredictionFiles {
  /// The folder that they are in.
  let folder: URL
  /// The images.
  let images: ImageDataset
  private let names: OutputNames
  /// The images of which something could not be written.
  private var failures: [SkippedImage] = []

  init(of images: ImageDataset, in folder: URL, names: OutputNames) {
    self.images = images
    self.folder = folder
    self.names = names
  }

  /// All of them.
  var all: [URL] { names.all.map { folder.appending(path: $0) } }

  /// Says which files are not called as their image is.
  func tellRenamed() {
    guard let first = names.renamed.first else { return }
    let count = names.renamed.count
    Terminal.say(
      "names that would be the same keep the image's ending or get a number: \(images.name(of: first)) gives "
        + names.files(of: first).joined(separator: ", ") + (count == 1 ? "" : ", and so for \(count - 1) more"))
  }

  /// Writes an image's files. What concerns this image alone is noted, and the next has its turn.
  ///
  /// - Parameters:
  ///   - index: the image.
  ///   - pixels: how it is shown.
  ///   - contents: of the files, in the order of the suffixes.
  /// - Throws: `FileError` when the disk is full and the like.
  func write(
    _ index: Int, as pixels: PixelNormalization, _ contents: (_ image: PixelImage) throws -> [Data]
  ) throws {
    do {
      let image = try images.withBytes(of: index) {
        try DecodedImage(EncodedImage(bytes: $0), as: pixels, scratch: RenderScratch()).picture(pixels)
      }
      for (name, data) in zip(names.files(of: index), try contents(image)) {
        try AtomicFile.write(data, to: folder.appending(path: name))
      }
    } catch let error as ImageError {
      failures.append(SkippedImage(index: index, name: images.name(of: index), reason: error.description))
    } catch let error as FileError where !error.isOfDevice {
      failures.append(SkippedImage(index: index, name: images.name(of: index), reason: error.description))
    }
  }

  /// How many images have their files.
  ///
  /// - Parameter skipped: images that could not be read.
  func writtenCount(skipped: [SkippedImage]) -> Int { images.count - leftOutCount(skipped: skipped) }

  /// How many images could not be read, or their files not written.
  func leftOutCount(skipped: [SkippedImage]) -> Int { skipped.count + failures.count }

  /// Names what was left out.
  ///
  /// - Parameter skipped: images that could not be read, which other commands leave out as well.
  /// - Throws: the exit code where something could not be written.
  func report(skipped: [SkippedImage]) throws {
    DenseOptions.report(skipped)
    for failure in failures { Terminal.say("not written: \(failure)") }
    guard failures.isEmpty else { throw ExitCode(ExitStatus.badData.rawValue) }
  }
}
