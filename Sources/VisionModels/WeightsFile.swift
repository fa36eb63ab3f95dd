package import DurableFiles
package import Foundation
package import Torch

/// A file of named tensors: safetensors, or what `torch.save` wrote. Told apart by their first bytes, not by their names.
package enum WeightsFile {
  case safetensors(SafetensorsFile)
  case pyTorch(PyTorchFile)

  /// Opens a file: PyTorch's is read, safetensors are mapped and their checksum is checked.
  ///
  /// - Parameter checkingBytes: whether the checksum is checked, for which the whole file is read.
  /// - Throws: `FileError`, `SafetensorsError`, `PyTorchFileError`.
  package init(_ url: URL, checkingBytes: Bool = true) throws {
    let isArchive = try MappedFile(url).withBytes { $0.starts(with: Array("PK\u{3}\u{4}".utf8)) }
    self =
      isArchive ? .pyTorch(try PyTorchFile(url)) : .safetensors(try SafetensorsFile(url, checkingBytes: checkingBytes))
  }

  /// The file's own strings; PyTorch's has none.
  package var metadata: [String: String] {
    switch self {
    case .safetensors(let file): file.metadata
    case .pyTorch: [:]
    }
  }

  /// The types of the objects in a PyTorch file that are passed over.
  private var otherObjects: [String] {
    switch self {
    case .safetensors: []
    case .pyTorch(let file): file.otherObjects
    }
  }

  /// Runs `body`, whose errors about tensors that are missing then say which objects were passed over: the tensors may be in
  /// them.
  func namingPassedOver<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as EncoderFileError {
      throw EncoderFileError(path: error.path, problem: error.problem, passedOver: otherObjects)
    }
  }

  /// The tensors' shapes by name.
  package var shapes: [String: [Int]] {
    switch self {
    case .safetensors(let file): Dictionary(uniqueKeysWithValues: file.names.map { ($0, file[$0]!.shape) })
    case .pyTorch(let file): file.tensors.mapValues(\.shape)
    }
  }

  /// The tensors by name.
  ///
  /// - Throws: `SafetensorsError` for a type that the engine lacks.
  package func tensors() throws -> [String: Tensor] {
    switch self {
    case .safetensors(let file): try file.tensors()
    case .pyTorch(let file): file.tensors
    }
  }
}
