import DurableFiles
public import Foundation

/// The tensors of a checkpoint as `torch.save` writes it: a zip archive of one pickle and the bytes of its tensors.
///
/// No code of the file is ever run. Only tensors and the dictionaries, lists and plain values around them are read; any other
/// object is passed over with what it holds, and only its type's name is kept.
public struct PyTorchFile {
  /// Where the file is.
  public let url: URL
  /// Every tensor by its path through the dictionaries, joined by dots: `model.blocks.0.attn.qkv.weight`.
  public let tensors: [String: Tensor]
  /// The types of the objects that were passed over, sorted.
  public let otherObjects: [String]

  /// Reads a file.
  ///
  /// - Throws: `FileError`, ``PyTorchFileError``.
  public init(_ url: URL) throws {
    self.url = url
    do {
      let file = try ReadableFile(url)
      var archive = try PyTorchArchive(file)
      var found = Found(bytesLeft: 4 * file.size + (1 << 30))
      try archive.withPickle { try PyTorchFile.collect($0, path: [], into: &found) }
      tensors = try found.tensors.mapValues { try archive.tensor($0) }
      otherObjects = found.otherObjects.sorted()
    } catch ZipDirectory.Fault.foreign {
      throw PyTorchFileError(path: url.path, problem: try PyTorchFile.foreign(url))
    } catch ZipDirectory.Fault.damaged(let reason) {
      throw PyTorchFileError(path: url.path, problem: .damaged(reason))
    } catch PickleMachine.Fault.damaged(let reason) {
      throw PyTorchFileError(path: url.path, problem: .damaged(reason))
    }
    guard !tensors.isEmpty else {
      throw PyTorchFileError(path: url.path, problem: otherObjects.first.map { .foreignObject($0) } ?? .noTensors)
    }
  }

  /// What is wrong with a file whose end is no zip archive's: a cut one still begins as one.
  private static func foreign(_ url: URL) throws -> PyTorchFileError.Problem {
    let isCut = try MappedFile(url).withBytes { $0.starts(with: Array("PK\u{3}\u{4}".utf8)) }
    return isCut
      ? .damaged("it is cut short: the list of its members, which comes last, is missing")
      : .notAnArchive("it is no zip archive")
  }

  /// What a pickle holds.
  private struct Found {
    var tensors: [String: PickleValue.PickleTensor] = [:]
    var otherObjects: Set<String> = []
    var visitedCount = 0
    /// How much more the tensors may hold: tied weights are there more than once, but not without end.
    var bytesLeft: Int
  }

  /// Dictionaries within each other, and values in all, that are looked at; more are in no checkpoint but in a damaged file whose
  /// lists hold themselves.
  private static let (deepestPath, mostValues) = (64, 1 << 24)

  private static func collect(_ value: PickleValue, path: [String], into found: inout Found) throws {
    found.visitedCount += 1
    guard path.count <= deepestPath else { throw ZipDirectory.Fault.damaged("its pickle is nested without end") }
    guard found.visitedCount <= mostValues else {
      throw ZipDirectory.Fault.damaged("its pickle holds more than \(mostValues) values")
    }
    func collect(_ items: [(String, PickleValue)]) throws {
      for (name, item) in items { try Self.collect(item, path: path + [name], into: &found) }
    }
    switch value {
    case .tensor(let tensor):
      guard tensor.byteCount <= found.bytesLeft else {
        throw ZipDirectory.Fault.damaged("its pickle repeats tensors to more than four times the file")
      }
      found.bytesLeft -= tensor.byteCount
      found.tensors[path.joined(separator: ".")] = tensor
    case .opaque(let type): found.otherObjects.insert(type)
    case .dictionary(let dictionary):
      try collect(
        dictionary.items.compactMap { key, value in
          switch key {
          case .text(let name): (name, value)
          case .integer(let number): ("\(number)", value)
          default: nil
          }
        })
    case .list(let list): try collect(list.items.enumerated().map { ("\($0)", $1) })
    case .tuple(let items, _): try collect(items.enumerated().map { ("\($0)", $1) })
    default: break
    }
  }
}
