import DatasetDownloads
import Foundation

/// A new folder that is removed with this object.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("downloads-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name).path) }

  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: file(name))) }

  func write(_ bytes: some Collection<UInt8>, to name: String) throws {
    let place = file(name)
    try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: place)
  }

  /// Every file and folder below a folder.
  func names(_ folder: String) throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: file(folder).path))
  }
}

/// A file of the goldens, which Python has made.
func archive(_ name: String) throws -> [UInt8] {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return Array(try Data(contentsOf: folder.appendingPathComponent("Goldens/archives/\(name)")))
}

/// What the golden script writes into deep/values.bin.
func values(_ count: Int) -> [UInt8] { (0..<count).map { UInt8((7 * $0 + 3) % 251) } }

func dataset(_ files: [RemoteFile], name: String = "trial") -> DownloadableDataset {
  DownloadableDataset(name: name, summary: "for tests", terms: "none", files: files, layout: "ask someone")
}
