public import Foundation
import ImageData
import VisionModels

/// `segmenter.safetensors`: a UPerNet in float32 with its classes, its settings and its encoder's shape.
public enum SegmenterFile {
  private static let file = DenseFile<UPerNet.Config>(settingsKey: "segmenter")

  /// - Throws: `FileError` when the disk refuses; a file that was there is untouched then.
  public static func write(_ segmenter: Segmenter, to url: URL) throws {
    try file.write(
      segmenter.network, config: segmenter.network.config, encoder: segmenter.network.backbone.encoder.config,
      normalization: segmenter.normalization, classNames: segmenter.classNames, to: url)
  }

  /// - Throws: `FileError`, `SafetensorsError`, ``DenseFileError``, `EncoderFileError`, `InvalidSetting` about the file.
  public static func read(_ url: URL) throws -> Segmenter {
    let contents = try file.read(url)
    guard contents.config.classCount == contents.classNames.count else {
      throw DenseFileError(
        path: url.path, problem: "\(contents.config.classCount) classes with \(contents.classNames.count) names")
    }
    // The weights drawn here are overwritten at once.
    var generator = SystemRandomNumberGenerator()
    let network = try UPerNet(
      VisionTransformer(contents.encoder, using: &generator), config: contents.config, using: &generator)
    try DenseFile<UPerNet.Config>.load(contents.state, into: network, from: url)
    return Segmenter(network: network, classNames: contents.classNames, normalization: contents.normalization)
  }
}
