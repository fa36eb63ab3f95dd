import DurableFiles
public import Foundation
public import SplitMaskCore
public import Torch

extension PatchTokenizer {
  /// Why a file does not hold a vocabulary.
  public struct NotATokenizer: UserFacingError, Hashable, Sendable {
    /// The file.
    public let path: String
    /// What is wrong with it.
    public let problem: String

    /// The data or a file is wrong.
    public var exitStatus: ExitStatus { .badData }

    /// The file and what is wrong with it.
    public var description: String { "\(path) is not a visual vocabulary that this program wrote: \(problem)" }
  }

  private static let metadataKey = "tokenizer"
  private static let digestKey = "weights_digest"

  /// Writes `codebook`, `prototypes` and, as JSON in the metadata, the specification. Of DALL-E's words there is no codebook
  /// but, in the metadata, a digest of the weights, which stay where they are.
  ///
  /// - Throws: `FileError`; a file that was there before is then untouched.
  public func save(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let description = String(decoding: try encoder.encode(specification), as: UTF8.self)
    var metadata = [Self.metadataKey: description]
    metadata[Self.digestKey] = weightsDigest
    let tensors = (codebook.map { [("codebook", $0)] } ?? []) + [("prototypes", prototypes)]
    try SafetensorsWriter.write(tensors, metadata: metadata, to: url)
  }

  /// Reads a vocabulary.
  ///
  /// - Throws: `FileError` and `SafetensorsError` when the file cannot be read; ``NotATokenizer`` when it holds
  ///   something else, or DALL-E's weights are no longer those it was made with; what ``dalle(_:device:)`` throws.
  public static func load(from url: URL, device: Device) throws -> PatchTokenizer {
    let file = try SafetensorsFile(url)
    guard let description = file.metadata[metadataKey] else {
      throw NotATokenizer(path: url.path, problem: "its metadata lacks '\(metadataKey)'")
    }
    let specification: Specification
    do {
      // Earlier versions called the distribution a law.
      let description = description.replacingOccurrences(of: "\"law\":", with: "\"distribution\":")
      specification = try JSONDecoder().decode(Specification.self, from: Data(description.utf8))
    } catch {
      throw NotATokenizer(path: url.path, problem: "its metadata cannot be understood (\(error))")
    }
    func tensor(_ name: String) throws -> Tensor {
      let shape = [specification.config.vocabulary, specification.dimension]
      let tensor = try file.tensor(name)
      guard tensor.shape == shape, tensor.dtype == .float32 else {
        throw NotATokenizer(
          path: url.path, problem: "'\(name)' is \(tensor.dtype) \(tensor.shape), not float32 \(shape)")
      }
      return tensor.to(device)
    }
    guard specification.config.kind == .dalle else {
      return PatchTokenizer(
        specification, unitVectors: try tensor("codebook"), prototypes: try tensor("prototypes"))
    }
    let tokenizer = try dalle(specification, device: device)
    guard tokenizer.weightsDigest == file.metadata[digestKey] else {
      throw NotATokenizer(
        path: url.path,
        problem: "it was made with other weights than \(specification.config.weights ?? "") now holds; put those back")
    }
    tokenizer.prototypes = try tensor("prototypes")
    return tokenizer
  }
}
