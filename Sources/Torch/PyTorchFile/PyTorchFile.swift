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
      var archive = try PyTorchArchive(ReadableFile(url))
      var found = Found()
      try PyTorchFile.collect(try archive.pickle(), path: [], archive: &archive, into: &found)
      tensors = found.tensors
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
    var tensors: [String: Tensor] = [:]
    var otherObjects: Set<String> = []
    var visitedCount = 0
  }

  /// Dictionaries within each other, and values in all, that are looked at; more are in no checkpoint but in a damaged file whose
  /// lists hold themselves.
  private static let (deepestPath, mostValues) = (64, 1 << 24)

  private static func collect(
    _ value: PickleValue, path: [String], archive: inout PyTorchArchive, into found: inout Found
  ) throws {
    found.visitedCount += 1
    guard path.count <= deepestPath, found.visitedCount <= mostValues else {
      throw ZipDirectory.Fault.damaged("its pickle is nested without end")
    }
    func collect(_ items: [(String, PickleValue)]) throws {
      for (name, item) in items { try Self.collect(item, path: path + [name], archive: &archive, into: &found) }
    }
    switch value {
    case .tensor(let tensor): found.tensors[path.joined(separator: ".")] = try archive.tensor(tensor)
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
    case .tuple(let items): try collect(items.enumerated().map { ("\($0)", $1) })
    default: break
    }
  }
}
