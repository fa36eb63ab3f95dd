import Foundation
import ImageData

extension PretrainConfig {
  /// The images, with classes where the method or a balanced subset needs them, or a probe could learn them.
  ///
  /// - Throws: `DatasetError`.
  func list(indexFolder: URL?) throws -> ImageDataset {
    let needsClasses = recipe.needsLabels || data.subset != nil
    guard onlineProbe, !needsClasses else {
      let images = try ImageDataset(paths: data.images, labelled: needsClasses, indexFolder: indexFolder)
      if recipe.needsLabels { try images.checkSeveralClasses() }
      return images
    }
    return try ImageDataset(labelledWhereGiven: data.images, indexFolder: indexFolder)
  }

  /// The classes that an online probe learns; nil where none is wanted, or folders are no classes: one, or about one an image.
  func probedClasses(of dataset: ImageDataset) -> Int? {
    let count = dataset.classNames.count
    return onlineProbe && !recipe.needsLabels && count > 1 && dataset.count >= 4 * count ? count : nil
  }
}
