public import Foundation
import ImageData
import VisionModels

/// `detector.safetensors`: a Mask R-CNN in float32 with its classes, its settings and its encoder's shape.
public enum DetectorFile {
  private static let file = DenseFile<MaskRCNN.Config>(settingsKey: "detector")

  /// - Throws: `FileError` when the disk refuses; a file that was there is untouched then.
  public static func write(_ detector: Detector, to url: URL) throws {
    try file.write(
      detector.network, config: detector.network.config, encoder: detector.network.backbone.encoder.config,
      normalization: detector.normalization, classNames: detector.classNames, to: url)
  }

  /// - Throws: `FileError`, `SafetensorsError`, ``DenseFileError``, `EncoderFileError`, `InvalidSetting` about the file.
  public static func read(_ url: URL) throws -> Detector {
    let contents = try file.read(url)
    guard contents.config.classCount == contents.classNames.count else {
      throw DenseFileError(
        path: url.path, problem: "\(contents.config.classCount) classes with \(contents.classNames.count) names")
    }
    // The weights drawn here are overwritten at once.
    var generator = SystemRandomNumberGenerator()
    let network = try MaskRCNN(
      VisionTransformer(contents.encoder, using: &generator), config: contents.config, using: &generator)
    try DenseFile<MaskRCNN.Config>.load(contents.state, into: network, from: url)
    return Detector(network: network, classNames: contents.classNames, normalization: contents.normalization)
  }
}
