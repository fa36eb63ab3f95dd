import Foundation
import ImageData
import TestSupport

extension TemporaryFolder {
  /// Writes files that are no images: what is listed is not opened.
  func touch(_ names: [String]) throws {
    for name in names { try write(Data([1]), to: name) }
  }

  /// Paths below the folder with their classes, as `name=class`.
  func entries(_ dataset: ImageDataset) -> [String] {
    (0..<dataset.count).map { index in
      let label = dataset.label(of: index).map { dataset.classNames[Int($0)] } ?? "-"
      let name = dataset.name(of: index)
      return (name.hasPrefix(path) ? String(name.dropFirst(path.count + 1)) : name) + "=" + label
    }
  }

  func labelled(_ name: String, classNames: [String]? = nil) throws -> ImageDataset {
    try ImageDataset(paths: [path(name)], labelled: true, classNames: classNames)
  }

  /// The message of the error that reading a source gives.
  func message(_ name: String, labelled: Bool = true) -> String {
    do { _ = try ImageDataset(paths: [path(name)], labelled: labelled) } catch { return "\(error)" }
    return "no error"
  }
}
