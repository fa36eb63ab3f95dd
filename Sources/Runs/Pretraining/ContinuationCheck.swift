import Evaluation
public import Foundation
import ImageData
import SplitMaskCore
import Torch
import Training

/// What going on has made of an encoder, as nearest neighbours find by the classes of some of its images.
public struct ContinuationCheck: Hashable, Sendable {
  /// Images whose class is told, and as many that are looked among.
  public let imageCount: Int
  /// The share of them whose class is right, with the encoder as it came.
  public let before: Double
  /// The same with the encoder as it is.
  public let after: Double

  /// How many images are looked at: few of those that the run has shown, so that it takes a thirtieth of its time at most.
  static func imageCount(of images: Int, shown: Int) -> Int { min(1000, images, shown / 20) }

  /// Fewer tell nothing.
  static let fewestImages = 40

  /// What two encoders reached.
  package init(imageCount: Int, before: Double, after: Double) {
    (self.imageCount, self.before, self.after) = (imageCount, before, after)
  }

  /// Twice the standard error of the difference.
  private var doubt: Double {
    2 * ((before * (1 - before) + after * (1 - after)) / Double(imageCount)).squareRoot()
  }

  /// Both figures, and what to do where something was lost.
  public var sentence: String {
    func percent(_ share: Double) -> String { HumanReadable.fixed(100 * share, 1) + " %" }
    let figures = """
      Nearest neighbours tell the classes of \(percent(before)) of \(HumanReadable.count(imageCount)) images with the encoder as \
      it came, of \(percent(after)) with the encoder as it is now
      """
    if after < before - doubt {
      return figures
        + ": going on has cost some of what it came with. Use it as it came, or go on with a lower "
        + "continuation.learningRateScale, with more images, or with the method it was trained by."
    }
    return figures + (after > before + doubt ? "." : ", no more of a difference than chance makes.")
  }
}

extension TrainingRun where Recipe == Pretraining {
  /// Compares the encoder that the run has made with the one that it went on from; nil where it began afresh, where no online
  /// probe found classes to learn, where images or updates are few, and where the file has gone.
  ///
  /// - Parameter folder: the run folder, complete.
  /// - Throws: what reading the encoders and the images throws.
  public func continuationCheck(in folder: URL) throws -> ContinuationCheck? {
    let images = recipe.images
    let count = ContinuationCheck.imageCount(
      of: images.count, shown: plan.totalSteps * recipe.training.batchSize * recipe.training.accumulate)
    guard recipe.config.probedClasses(of: images) != nil, count >= ContinuationCheck.fewestImages,
      let start = try? recipe.config.startingSource
    else { return nil }
    let few = images.spread(count)
    let (known, asked) = (
      few.subset(Array(stride(from: 0, to: count, by: 2))), few.subset(Array(stride(from: 1, to: count, by: 2)))
    )
    func share(of source: EncoderSource) throws -> Double {
      let encoder = try source.load(hints: recipe.config.hints, pixels: recipe.config.normalization)
      let extractor = FeatureExtractor(encoder, device: device, precision: recipe.training.precision.autocastType)
      func features(_ images: ImageDataset) throws -> FeatureTable {
        try extractor.extract(from: extractor.loader(of: images, processes: .alone), processes: .alone)
      }
      var config = NearestNeighbors.Config()
      let table = try features(known)
      config.k = [min(20, table.count)]
      return try NearestNeighbors.evaluate(train: table, test: features(asked), config: config, device: device).top1
        / 100
    }
    return ContinuationCheck(
      imageCount: asked.count, before: try share(of: start),
      after: try share(of: .file(RunFolder(at: folder).encoder)))
  }
}
