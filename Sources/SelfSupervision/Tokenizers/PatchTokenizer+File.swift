import DurableFiles
public import Foundation
public import Torch

extension PatchTokenizer {
  /// Why a file does not hold a vocabulary.
  public struct NotATokenizer: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// What is wrong with it.
    public let problem: String

    /// The file and what is wrong with it.
    public var description: String { "\(path) is not a visual vocabulary that this program wrote: \(problem)" }
  }

  private static let metadataKey = "tokenizer"

  /// Writes `codebook`, `prototypes` and, as JSON in the metadata, the specification.
  ///
  /// - Throws: `FileError`; a file that was there before is then untouched.
  public func save(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let description = String(decoding: try encoder.encode(specification), as: UTF8.self)
    try SafetensorsWriter.write(
      [("codebook", codebook), ("prototypes", prototypes)], metadata: [Self.metadataKey: description], to: url)
  }

  /// Reads a vocabulary.
  ///
  /// - Throws: `FileError` and `SafetensorsError` when the file cannot be read; ``NotATokenizer`` when it holds
  ///   something else.
  public static func load(from url: URL, device: Device) throws -> PatchTokenizer {
    let file = try SafetensorsFile(url)
    guard let description = file.metadata[metadataKey] else {
      throw NotATokenizer(path: url.path, problem: "its metadata lacks '\(metadataKey)'")
    }
    let specification: Specification
    do {
      specification = try JSONDecoder().decode(Specification.self, from: Data(description.utf8))
    } catch {
      throw NotATokenizer(path: url.path, problem: "its metadata cannot be understood (\(error))")
    }
    let codebook = try file.tensor("codebook")
    let prototypes = try file.tensor("prototypes")
    let shape = [specification.config.vocabulary, specification.dimension]
    for (name, tensor) in [("codebook", codebook), ("prototypes", prototypes)]
    where tensor.shape != shape || tensor.dtype != .float32 {
      throw NotATokenizer(
        path: url.path, problem: "'\(name)' is \(tensor.dtype) \(tensor.shape), not float32 \(shape)")
    }
    return PatchTokenizer(
      specification, unitVectors: codebook.to(device), prototypes: prototypes.to(device))
  }
}
