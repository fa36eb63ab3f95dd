import Foundation
import ImageData
import Training

extension PretrainConfig {
  /// The images, with classes where the method needs them, or a balanced subset or a probe could use them.
  ///
  /// - Throws: `DatasetError`.
  func list(indexFolder: URL?) throws -> ImageDataset {
    if recipe.needsLabels {
      let images = try ImageDataset(paths: data.images, labelled: true, indexFolder: indexFolder)
      try images.checkSeveralClasses()
      return images
    }
    guard onlineProbe || data.subset != nil else {
      return try ImageDataset(paths: data.images, indexFolder: indexFolder)
    }
    return try ImageDataset(labelledWhereGiven: data.images, indexFolder: indexFolder)
  }

  /// The classes that an online probe learns; nil where none is wanted, or folders are no classes: one, about one an
  /// image, or the parts of a data set.
  func probedClasses(of dataset: ImageDataset) -> Int? {
    let count = dataset.classNames.count
    let areClasses = count > 1 && dataset.count >= 4 * count && dataset.partNames.count < count
    return onlineProbe && !recipe.needsLabels && areClasses ? count : nil
  }
}

extension ImageDataset {
  /// What a plan says about classes of few images; nothing where there are none, or images have no classes.
  var classNotes: [String] {
    guard !classNames.isEmpty else { return [] }
    var counts = [Int](repeating: 0, count: classNames.count)
    for index in 0..<count { if let label = label(of: index) { counts[Int(label)] += 1 } }
    return ClassCounts(classNames, counts, of: "images").notes
  }
}
