import Foundation
import ImageCoding
import ImageData
import ImageLoading
import SplitMaskCore
import Training

extension PretrainConfig {
  /// The images or their tiles, with classes where the method needs them, or a balanced subset or a probe could use them.
  ///
  /// - Throws: `DatasetError`.
  func list(indexFolder: URL?) throws -> ImageDataset {
    let images = try listWhole(indexFolder: indexFolder)
    return try data.tiles.map { try images.tiled($0, indexFolder: indexFolder) } ?? images
  }

  private func listWhole(indexFolder: URL?) throws -> ImageDataset {
    if recipe.needsLabels {
      let images = try ImageDataset(
        paths: data.images, labelled: true, indexFolder: indexFolder, channelFiles: pixels.files)
      try images.checkSeveralClasses()
      return images
    }
    guard onlineProbe || data.subset != nil else {
      return try ImageDataset(paths: data.images, indexFolder: indexFolder, channelFiles: pixels.files)
    }
    return try ImageDataset(
      labelledWhereGiven: data.images, indexFolder: indexFolder, channelFiles: pixels.files)
  }

  /// The settings with what of the images' pixels is seen, and what people should know of that.
  ///
  /// - Throws: as `PixelSurvey`.
  func seeing(_ images: ImageDataset) throws -> (config: PretrainConfig, notes: [String]) {
    guard normalization == nil else { return (self, []) }
    let (result, notes) = try goingOn(seeing: images) ?? startingAfresh(seeing: images)
    if result.seenPixels.format == nil, let key = augmentation.settingsForSamples.first {
      throw InvalidSetting(
        "augmentation.\(key)",
        "is for images of channels, and these are 8-bit photographs; leave it away, or use --reading channels")
    }
    guard result.tokenizer.kind != .dalle || !recipe.usesWords || result.seenPixels.format == nil else {
      throw InvalidSetting(
        "tokenizer.kind",
        "DALL-E's words are of 8-bit photographs, which these images are not; use --tokenizer random-projection or k-means"
      )
    }
    return (result, notes)
  }

  private func startingAfresh(seeing images: ImageDataset) throws -> (config: PretrainConfig, notes: [String]) {
    let survey = try PixelSurvey(of: images, pixels)
    var result = self
    result.normalization = survey.normalization
    result.model.channels = survey.normalization.channelCount
    guard model.channels == PretrainConfig().model.channels || model.channels == result.model.channels else {
      throw InvalidSetting(
        "model.channels", "is \(model.channels), and the images have \(result.model.channels) channels; leave it away")
    }
    return (result, survey.notes)
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
