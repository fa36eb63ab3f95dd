package import ImageData

/// Images whose classes are known to nearest neighbours, and images whose classes they are asked for.
package struct JudgedImages {
  package let known: ImageDataset
  package let asked: ImageDataset

  /// Fewer tell nothing.
  private static let fewest = 40

  /// Some of the images of a run, few enough that all that is measured takes a twentieth of the run's time at most; nil where
  /// too few can be looked at.
  ///
  /// - Parameters:
  ///   - images: with classes.
  ///   - shownImages: images that the run shows, as often as it shows them.
  package init?(_ images: ImageDataset, shownImages: Int) {
    let count = min(1000, images.count, shownImages / 30)
    guard count >= Self.fewest else { return nil }
    let few = images.spread(count)
    known = few.subset(Array(stride(from: 0, to: count, by: 2)))
    asked = few.subset(Array(stride(from: 1, to: count, by: 2)))
  }
}
