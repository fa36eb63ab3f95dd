import ArgumentParser
import DenseAnnotations
import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ImageTransforms
import Runs
import Settings
import VisionModels

/// The readers of what users bring.
enum Reader: String, CaseIterable, ExpressibleByArgument {
  case image, labelMap = "label-map", samples, weights, tar, coco, list, settings

  var readsText: Bool { [.coco, .list, .settings].contains(self) }

  func read(_ file: URL) throws {
    switch self {
    case .image: try Reader.show(ImageDataset(files: [file.path]))
    case .labelMap: _ = try EncodedImage(try Data(contentsOf: file)).decodeLabels()
    case .samples: _ = try EncodedImage(try Data(contentsOf: file)).decodeSamples(pages: .channels)
    case .weights: _ = try EncoderFile.read(file)
    case .tar: try Reader.show(ImageDataset(paths: [file.path]))
    case .coco: _ = try COCODataset(file)
    case .list: _ = try ImageDataset(paths: [file.path], labelled: true)
    case .settings:
      var config = try ConfigurationOverlay.applying(file: file, to: PretrainConfig())
      config.data.images = ["images"]
      try config.validate()
    }
  }

  /// Decodes every image as training does.
  private static func show(_ dataset: ImageDataset) throws {
    let loader = try DataLoader(
      dataset: dataset, batchSize: 1, views: ViewConfiguration(encoder: .init(height: 32, width: 32), tokenizer: nil),
      transform: .training(Augmentation.Config()), workers: 0)
    let batches = loader.batches(epoch: 0)
    while try batches.next() != nil {}
  }
}
