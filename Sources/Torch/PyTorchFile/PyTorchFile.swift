import DurableFiles
public import Foundation

/// The tensors of a checkpoint as `torch.save` writes it: a zip archive of one pickle and the bytes of its tensors.
///
/// No code of the file is ever run. Only tensors and the dictionaries, lists and plain values around them are read; a
/// pickle that wants anything else is refused by name.
public struct PyTorchFile {
  /// Where the file is.
  public let url: URL
  /// Every tensor by its path through the dictionaries, joined by dots: `model.blocks.0.attn.qkv.weight`.
  public let tensors: [String: Tensor]

  /// Reads a file.
  ///
  /// - Throws: `FileError`, ``PyTorchFileError``.
  public init(_ url: URL) throws {
    self.url = url
    do {
      var archive = try PyTorchArchive(ReadableFile(url))
      var found: [String: Tensor] = [:]
      try PyTorchFile.collect(try archive.pickle(), path: "", archive: &archive, into: &found)
      tensors = found
    } catch ZipDirectory.Fault.foreign {
      throw PyTorchFileError(path: url.path, problem: .notAnArchive("it is no zip archive"))
    } catch ZipDirectory.Fault.damaged(let reason) {
      throw PyTorchFileError(path: url.path, problem: .damaged(reason))
    } catch PickleMachine.Fault.damaged(let reason) {
      throw PyTorchFileError(path: url.path, problem: .damaged(reason))
    } catch PickleMachine.Fault.foreign(let name) {
      throw PyTorchFileError(path: url.path, problem: .foreignObject(name))
    }
    guard !tensors.isEmpty else { throw PyTorchFileError(path: url.path, problem: .noTensors) }
  }

  private static func collect(
    _ value: PickleValue, path: String, archive: inout PyTorchArchive, into found: inout [String: Tensor]
  ) throws {
    func below(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
    switch value {
    case .tensor(let tensor): found[path] = try archive.tensor(tensor)
    case .dictionary(let dictionary):
      for (key, value) in dictionary.items {
        switch key {
        case .text(let name): try collect(value, path: below(name), archive: &archive, into: &found)
        case .integer(let number): try collect(value, path: below("\(number)"), archive: &archive, into: &found)
        default: continue
        }
      }
    case .list(let list):
      for (position, item) in list.items.enumerated() {
        try collect(item, path: below("\(position)"), archive: &archive, into: &found)
      }
    case .tuple(let items):
      for (position, item) in items.enumerated() {
        try collect(item, path: below("\(position)"), archive: &archive, into: &found)
      }
    default: break
    }
  }
}
