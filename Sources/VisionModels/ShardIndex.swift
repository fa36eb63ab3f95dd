import DurableFiles
import Foundation

/// The index of a model that is saved in several files, as `transformers` and `safetensors` write it: which tensor is in which.
struct ShardIndex {
  /// The files, sorted by name.
  let files: [URL]
  private let url: URL
  /// Of the tensors that it lists.
  private let names: Set<String>

  private struct Content: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  /// - Throws: ``EncoderFileError`` for a file that is no such index, or that names a file which is not beside it.
  init(_ url: URL) throws {
    func fail(_ reason: String) -> EncoderFileError { EncoderFileError(path: url.path, problem: .unclearShape(reason)) }
    let data = try MappedFile(url).withBytes { Data($0) }
    guard let content = try? JSONDecoder().decode(Content.self, from: data) else {
      throw fail("it is no index of a model's files: it needs a 'weight_map' from tensors to files")
    }
    (self.url, names) = (url, Set(content.weightMap.keys))
    let fileNames = Set(content.weightMap.values).sorted()
    guard !fileNames.isEmpty else { throw fail("its 'weight_map' is empty") }
    files = try fileNames.map { name in
      let file = url.deletingLastPathComponent().appending(path: name)
      guard !name.contains("/"), FileManager.default.fileExists(atPath: file.path) else {
        throw fail("it names \(name), which is not beside it: all \(fileNames.count) files are needed")
      }
      return file
    }
  }

  /// - Parameter found: the names of the tensors that the files hold.
  /// - Throws: ``EncoderFileError`` where the index lists others.
  func check(_ found: Set<String>) throws {
    let missing = names.subtracting(found)
    guard let example = missing.min() else { return }
    throw EncoderFileError(
      path: url.path,
      problem: .unclearShape(
        "it lists \(missing.count) tensors that its files do not hold, such as '\(example)'; download all of them again"
      ))
  }
}
