import DenseAnnotations
import DurableFiles
public import Foundation
import Torch
import TorchNN
import VisionModels

/// `detector.safetensors`, `segmenter.safetensors`: the network's state, batch statistics included, under its own keys in
/// float32; in the metadata, as JSON, the encoder's as `EncoderFile` has them, `class_names`, the settings of the network, and
/// `view`, how it was judged in training; `label_map`, where the values of label maps are not ADE20k's.
extension DenseModel {
  /// Writes the model.
  ///
  /// - Throws: `FileError` when the disk refuses; a file that was there is untouched then.
  public func write(to url: URL) throws {
    let tensors = network.namedParameters.map {
      (name: $0.key, tensor: $0.parameter.value.detached().to(.float32))
    }
    try SafetensorsWriter.write(tensors, metadata: metadata(), to: url)
  }

  /// What its files say of it; each value is JSON.
  func metadata() throws -> [String: String] {
    var metadata = try EncoderFile.metadata(of: encoder, normalization: normalization)
    metadata["class_names"] = try Self.json(classNames)
    metadata[Network.settingsKey] = try Self.json(network.config)
    if labelMap != .oneBased { metadata["label_map"] = try Self.json(labelMap) }
    if let view { metadata[Self.viewKey] = try Self.json(view) }
    return metadata
  }

  /// Reads a model, also from a checkpoint of its training.
  ///
  /// - Throws: `FileError`, `SafetensorsError`, ``DenseFileError``, `EncoderFileError`, `InvalidSetting` about the file.
  public init(reading url: URL) throws {
    let file = try SafetensorsFile(url)
    guard let settings = file.metadata[Network.settingsKey], let names = file.metadata["class_names"] else {
      throw DenseFileError(
        path: url.path, problem: "it is no \(Network.settingsKey): its metadata has no \(Network.settingsKey)")
    }
    let state = try file.tensors()
    if let name = state.firstNonFinite {
      throw DenseFileError(
        path: url.path, problem: "'\(name)' holds NaN or an infinity: it is damaged, or its training diverged")
    }
    let classNames: [String] = try Self.decoded(names, "class_names", url)
    let prefix = DenseBackbone.encoderKey
    let own = state.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value.shape) }
    let facts = try EncoderFile.facts(
      shapes: Dictionary(uniqueKeysWithValues: own), metadata: file.metadata, path: url.path)
    // The weights drawn here are overwritten at once.
    var generator = SystemRandomNumberGenerator()
    let network = try Network(
      VisionTransformer(facts.config, using: &generator), config: Self.decoded(settings, Network.settingsKey, url),
      using: &generator)
    guard network.classCount == classNames.count else {
      throw DenseFileError(
        path: url.path, problem: "\(network.classCount) classes with \(classNames.count) names")
    }
    do {
      try network.load(state)
    } catch let mismatch as StateMismatch {
      throw DenseFileError(path: url.path, problem: "\(mismatch)")
    }
    let labelMap: LabelMapping? = try file.metadata["label_map"].map { try Self.decoded($0, "label_map", url) }
    self.init(
      network: network, classNames: classNames, normalization: facts.normalization ?? .imageNet,
      view: try file.metadata[Self.viewKey].map { try Self.decoded($0, Self.viewKey, url) },
      labelMap: labelMap ?? .oneBased)
  }

  private static var viewKey: String { "view" }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    // The same network gives the same bytes.
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static func decoded<Value: Decodable>(_ text: String, _ key: String, _ url: URL) throws -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw DenseFileError(path: url.path, problem: "its \(key) cannot be read: \(error)")
    }
  }
}
