import DurableFiles
public import Foundation
public import ImageCoding
import Torch
import TorchNN
import VisionModels

/// `classifier.safetensors`: a classifier under timm's names in float32, with what it takes to use it.
///
/// The metadata's values are JSON: those of `EncoderFile` but for `features`, and `class_names`, in the order of the
/// scores. The classifiers that DeiT, BEiT and timm publish are read as well, safetensors or `torch.save`'s; their classes
/// are then called 0, 1, ….
public enum ClassifierFile {
  /// Writes a classifier.
  ///
  /// - Throws: `FileError` when the disk refuses; a file that was there is untouched then.
  public static func write(_ classifier: Classifier, normalization: PixelNormalization, to url: URL) throws {
    let config = classifier.encoder.config
    let tensors = classifier.namedParameters.map { named in
      (
        name: EncoderFile.writtenName(of: named.key, config: config),
        tensor: EncoderFile.writtenValue(of: named.key, named.parameter.value, config: config)
      )
    }
    let metadata = try metadata(of: classifier, normalization: normalization)
    try SafetensorsWriter.write(tensors, metadata: metadata, to: url)
  }

  /// What a file says of its classifier; each value is JSON.
  static func metadata(of classifier: Classifier, normalization: PixelNormalization) throws -> [String: String] {
    var metadata = try EncoderFile.metadata(of: classifier.encoder.config, normalization: normalization)
    let names = try JSONEncoder().encode(classifier.classNames)
    metadata["class_names"] = String(decoding: names, as: UTF8.self)
    return metadata
  }

  /// Reads a classifier of this program or of timm, strictly: every tensor of the file has its place and none is missing.
  ///
  /// - Throws: `FileError`, `SafetensorsError`, `EncoderFileError` and ``ClassificationError`` about the file.
  public static func read(_ url: URL) throws -> LoadedClassifier {
    let file = try WeightsFile(url)
    let (state, config, normalization) = try EncoderFile.classifierParts(of: file, path: url.path)
    guard let shape = state["head.weight"]?.shape, shape.count == 2 else {
      throw ClassificationError.noHead(path: url.path)
    }
    let names = try classNames(of: file.metadata, path: url.path) ?? (0..<shape[0]).map { "\($0)" }
    guard names.count == shape[0] else {
      throw ClassificationError.classCountMismatch(path: url.path, head: shape[0], names: names.count)
    }
    // The weights drawn here are overwritten at once.
    var generator = SystemRandomNumberGenerator()
    let classifier = try Classifier(
      encoder: VisionTransformer(config, using: &generator), classNames: names,
      pooling: state["fc_norm.weight"] == nil ? .classToken : .mean, using: &generator)
    do {
      try classifier.load(state)
    } catch let mismatch as StateMismatch {
      throw EncoderFileError(path: url.path, problem: .mismatch(mismatch))
    }
    return LoadedClassifier(
      classifier: classifier, normalization: normalization ?? .imageNet, isNormalizationAssumed: normalization == nil)
  }

  private static func classNames(of metadata: [String: String], path: String) throws -> [String]? {
    guard let text = metadata["class_names"] else { return nil }
    guard let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
      throw ClassificationError.badMetadata(path: path, key: "class_names", value: text)
    }
    return names
  }
}

/// A classifier from a file.
public struct LoadedClassifier {
  /// The classifier, on the CPU.
  public let classifier: Classifier
  /// The statistics that its images are normalised with.
  public let normalization: PixelNormalization
  /// Whether the file says nothing of pixel statistics, so that ImageNet's were taken.
  public let isNormalizationAssumed: Bool
}
