import Foundation
import SplitMaskCore

/// Food-101's `meta/train.txt` and `meta/test.txt`: lines such as `apple_pie/1005649`, whose images lie in `images`
/// beside `meta`.
enum Food101List {
  /// Whether there is a folder of images where a list expects it.
  static func hasImages(_ path: String) -> Bool {
    var status = stat()
    return stat(imageFolder(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether a folder is the whole of Food-101, of which the lists make the parts.
  static func isWholeSet(_ folder: String) -> Bool {
    access(folder + "/meta/train.txt", F_OK) == 0 && hasImages(folder + "/meta/train.txt")
  }

  /// - Throws: `DatasetError`, with file and line.
  static func read(_ path: String) throws -> ListedImages {
    var images = ListedImages(source: path, root: imageFolder(path))
    for line in try TextLines(path: path).lines {
      let parts = line.text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw DatasetError("\(path), line \(line.number): '\(line.text)' is no entry of Food-101 (apple_pie/1005649)")
      }
      images.append(PrintableName.bytes(of: line.text + ".jpg"), class: String(parts[0]))
    }
    return images
  }

  private static func imageFolder(_ path: String) -> String {
    let folder = ListedImages.folder(of: path)
    return folder.isEmpty ? "../images" : folder + "/../images"
  }
}
