import DurableFiles
import Foundation
import ImageData
import Torch
import TorchNN
import VisionModels

/// The file of a network around an encoder: its state, batch statistics included, under its own keys in float32; in the
/// metadata, as JSON, the encoder's as `EncoderFile` has them, `class_names`, and the settings of the network.
struct DenseFile<Config: Codable> {
  /// The metadata's key of the settings, which tells the kinds of networks apart.
  let settingsKey: String

  /// What a file holds besides the state.
  struct Contents {
    let encoder: VisionTransformer.Config
    let normalization: PixelNormalization
    let classNames: [String]
    let config: Config
    let state: [String: Tensor]
  }

  /// - Throws: `FileError` when the disk refuses; a file that was there is untouched then.
  func write(
    _ network: Module, config: Config, encoder: VisionTransformer.Config, normalization: PixelNormalization,
    classNames: [String], to url: URL
  ) throws {
    var metadata = try EncoderFile.metadata(of: encoder, normalization: normalization)
    metadata["class_names"] = try json(classNames)
    metadata[settingsKey] = try json(config)
    let tensors = network.namedParameters.map {
      (name: $0.key, tensor: $0.parameter.value.detached().to(.float32))
    }
    try SafetensorsWriter.write(tensors, metadata: metadata, to: url)
  }

  /// - Throws: `FileError`, `SafetensorsError`; `DenseFileError` for a file of something else.
  func read(_ url: URL) throws -> Contents {
    let file = try SafetensorsFile(url)
    guard let settings = file.metadata[settingsKey], let names = file.metadata["class_names"] else {
      throw DenseFileError(path: url.path, problem: "it is no \(settingsKey): its metadata has no \(settingsKey)")
    }
    let state = try file.tensors()
    let prefix = DenseBackbone.encoderKey
    var shapes: [String: [Int]] = [:]
    for (key, tensor) in state where key.hasPrefix(prefix) {
      shapes[String(key.dropFirst(prefix.count))] = tensor.shape
    }
    let facts = try EncoderFile.facts(shapes: shapes, metadata: file.metadata, path: url.path)
    return Contents(
      encoder: facts.config, normalization: facts.normalization ?? .imageNet,
      classNames: try decoded(names, "class_names", url), config: try decoded(settings, settingsKey, url), state: state)
  }

  /// Loads a state into a network of the file's own shape.
  ///
  /// - Throws: `DenseFileError` naming the tensors that differ.
  static func load(_ state: [String: Tensor], into network: Module, from url: URL) throws {
    do {
      try network.load(state)
    } catch let mismatch as StateMismatch {
      throw DenseFileError(path: url.path, problem: "\(mismatch)")
    }
  }

  private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    // The same network gives the same bytes.
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private func decoded<Value: Decodable>(_ text: String, _ key: String, _ url: URL) throws -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw DenseFileError(path: url.path, problem: "its \(key) cannot be read: \(error)")
    }
  }
}

/// A file that is not what it should be.
public struct DenseFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What is wrong with it.
  public let problem: String

  /// Both in a line.
  public var description: String { "\(path): \(problem)" }
}
