import DurableFiles
package import Foundation
package import Torch

/// A file of named tensors: safetensors, or what `torch.save` wrote, told apart by their first bytes, not by their names; or the
/// index of several. What the `config.json` beside it says of the model counts as its own strings.
package struct WeightsFile {
  /// The file's own strings.
  package let metadata: [String: String]
  private let parts: [Part]

  fileprivate enum Part {
    case safetensors(SafetensorsFile)
    case pyTorch(PyTorchFile)
  }

  /// Opens a file: PyTorch's is read, safetensors are mapped and their checksum is checked.
  ///
  /// - Parameter checkingBytes: whether the checksum is checked, for which the whole file is read.
  /// - Throws: `FileError`, `SafetensorsError`, `PyTorchFileError`; ``EncoderFileError`` for what is no file of weights.
  package init(_ url: URL, checkingBytes: Bool = true) throws {
    let index = Self.isIndex(url) ? try ShardIndex(url) : nil
    parts = try (index?.files ?? [url]).map { try Part($0, checkingBytes: checkingBytes) }
    let own = parts.count == 1 ? parts[0].metadata : [:]
    metadata = own["format_version"] == nil ? try ModelDescription.beside(url).merging(own) { $1 } : own
    try index?.check(Set(shapes.keys))
  }

  private static func isIndex(_ url: URL) -> Bool { url.lastPathComponent.hasSuffix(".index.json") }

  /// Every file that decides what an encoder is: the file, those that an index names, and what is beside them.
  ///
  /// - Throws: as ``init(_:checkingBytes:)`` for an index.
  package static func allFiles(of url: URL) throws -> [URL] {
    let shards = isIndex(url) ? try ShardIndex(url).files : []
    return [url] + shards + ModelDescription.files(beside: url)
  }

  /// Runs `body`, whose errors about tensors that are missing then say which objects were passed over: the tensors may be in
  /// them.
  func namingPassedOver<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as EncoderFileError {
      throw EncoderFileError(path: error.path, problem: error.problem, passedOver: parts.flatMap(\.otherObjects))
    }
  }

  /// The tensors' shapes by name.
  package var shapes: [String: [Int]] { parts.reduce(into: [:]) { $0.merge($1.shapes) { $1 } } }

  /// The tensors by name.
  ///
  /// - Throws: `SafetensorsError` for a type that the engine lacks.
  package func tensors() throws -> [String: Tensor] {
    try parts.reduce(into: [:]) { try $0.merge($1.tensors()) { $1 } }
  }
}

extension WeightsFile.Part {
  fileprivate init(_ url: URL, checkingBytes: Bool) throws {
    let kind = try MappedFile(url).withBytes { Kind($0) }
    self =
      switch kind {
      case .archive: .pyTorch(try PyTorchFile(url))
      case .other: .safetensors(try SafetensorsFile(url, checkingBytes: checkingBytes))
      case .pointer:
        throw EncoderFileError(
          path: url.path,
          problem: .unclearShape(
            "it is Git LFS's pointer to the file, not the file: run 'git lfs pull' where it is from"))
      case .webPage:
        throw EncoderFileError(
          path: url.path,
          problem: .unclearShape(
            "it is a web page, not a file of weights: the download gave a page, perhaps one to log in; look at it in a browser"
          ))
      }
  }

  /// What a file is by its first bytes.
  private enum Kind {
    case archive, pointer, webPage, other

    init(_ bytes: UnsafeRawBufferPointer) {
      let text = String(decoding: bytes.prefix(256), as: UTF8.self)
      let visible = text.trimmingPrefix { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
      if bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) {
        self = .archive
      } else if text.hasPrefix("version https://git-lfs.github.com/spec/") {
        self = .pointer
      } else {
        self =
          ["<!doctype html", "<html", "<head", "<?xml", "<!--"].contains { visible.hasPrefix($0) } ? .webPage : .other
      }
    }
  }

  /// The file's own strings; PyTorch's has none.
  fileprivate var metadata: [String: String] {
    switch self {
    case .safetensors(let file): file.metadata
    case .pyTorch: [:]
    }
  }

  /// The types of the objects in a PyTorch file that are passed over.
  fileprivate var otherObjects: [String] {
    switch self {
    case .safetensors: []
    case .pyTorch(let file): file.otherObjects
    }
  }

  fileprivate var shapes: [String: [Int]] {
    switch self {
    case .safetensors(let file): Dictionary(uniqueKeysWithValues: file.names.map { ($0, file[$0]!.shape) })
    case .pyTorch(let file): file.tensors.mapValues(\.shape)
    }
  }

  fileprivate func tensors() throws -> [String: Tensor] {
    switch self {
    case .safetensors(let file): try file.tensors()
    case .pyTorch(let file): file.tensors
    }
  }
}
