public import ImageCoding
public import ImageData
import ImageLoading
import SplitMaskCore

/// Predictions as a page that needs no network: how many images of each class, and the least certain images.
public struct ClassPredictionsPage {
  /// The most images that are shown.
  private static let imageLimit = 48
  /// The longest side of a picture.
  private static let side = 160

  private let predictions: ClassPredictions
  private let dataset: ImageDataset
  private let pixels: PixelNormalization

  /// - Parameters:
  ///   - predictions: of the data set.
  ///   - dataset: the images.
  ///   - pixels: how the classifier sees them.
  public init(_ predictions: ClassPredictions, of dataset: ImageDataset, pixels: PixelNormalization) {
    (self.predictions, self.dataset, self.pixels) = (predictions, dataset, pixels)
  }

  /// The page.
  ///
  /// - Throws: `ImageError` when memory runs out.
  public func html() throws -> String {
    let read = predictions.images.count { !$0.guesses.isEmpty }
    let rows = predictions.counts.map { [$0.name, HumanReadable.count($0.count), share($0.count, of: read)] }
    let skipped = predictions.skipped.map(\.description)
    return HTMLPage.document(
      title: "Predicted classes",
      sections: ["<h1>Predicted classes</h1>", HTMLPage.facts(facts(read))]
        + ["<h2>Classes</h2>", HTMLPage.table(["class", "images", "share"], rows)]
        + ["<h2>The least certain images</h2>", try leastCertain()]
        + (skipped.isEmpty ? [] : ["<h2>Unreadable</h2>", HTMLPage.list(skipped)]))
  }

  private func facts(_ read: Int) -> [(name: String, value: String)] {
    let accuracy = predictions.accuracy.map { [("agree with their labels", HumanReadable.fixed(100 * $0, 1) + " %")] }
    let legend = pixels.legend.map { [("pictures", $0)] }
    return [("images", HumanReadable.count(read))] + (accuracy ?? []) + (legend ?? [])
  }

  private func share(_ count: Int, of whole: Int) -> String {
    HumanReadable.fixed(100 * Double(count) / Double(max(1, whole)), 1) + " %"
  }

  private func leastCertain() throws -> String {
    let pictures = try predictions.leastCertain(Self.imageLimit).compactMap { index in
      try picture(index).map { (image: $0, caption: caption(predictions.images[index], index)) }
    }
    return try PictureRow(title: "", pictures: pictures).html()
  }

  private func picture(_ index: Int) throws -> PixelImage? {
    let image = try? dataset.withBytes(of: index) {
      try DecodedImage(EncodedImage(bytes: $0), as: pixels, scratch: RenderScratch())
    }
    return try image?.reduced(to: Self.side).picture(pixels)
  }

  private func caption(_ image: ClassPredictions.Image, _ index: Int) -> String {
    let guesses = image.guesses.map { "\($0.name) \(HumanReadable.fixed(100 * Double($0.probability), 0)) %" }
    let label = image.label.map { " (labelled \($0))" } ?? ""
    return "\(dataset.relativeName(of: index)): \(guesses.joined(separator: ", "))\(label)"
  }
}
