package import Foundation
import SplitMaskCore

extension ImageDataset {
  /// Whether files of a folder would be among the images.
  ///
  /// - Parameters:
  ///   - folder: where something is about to be written.
  ///   - markedBelow: whether what is written is marked as output, so that only the images' own folder is refused.
  /// - Throws: `InvalidSetting` that names the folder of the images.
  package func checkApart(from folder: URL, markedBelow: Bool = false) throws {
    let place = folder.resolvingSymlinksInPath().standardizedFileURL.path
    var inside: String?
    forEachSource { path in
      guard let path = String(validating: path, as: UTF8.self) else { return }
      let source = URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
      if place == source || !markedBelow && place.hasPrefix(source + "/") { inside = source }
    }
    guard let inside else { return }
    throw InvalidSetting(
      "out",
      """
      \(folder.path) \(place == inside ? "holds the images that are read" : "is in \(inside), whose images are read"): what is \
      written there would be among them; name another folder
      """)
  }

  /// How many images of this data set are also in another one: the same files, however they were named.
  package func sharedCount(with other: ImageDataset) -> Int {
    var places: Set<ContentDigest> = []
    forEachPlace { places.insert($0) }
    let all = places.count
    other.forEachPlace { places.remove($0) }
    return all - places.count
  }

  /// Compares images to test on with those to learn from.
  ///
  /// - Parameters:
  ///   - training: Images to learn from.
  ///   - allowed: Whether a test on what was learned is wanted.
  /// - Returns: What to say where they share some; nil where they do not.
  /// - Throws: `InvalidSetting` with the key `data.test` where every test image is one to learn from, and that is not
  ///   wanted.
  package func checkHeldOut(from training: ImageDataset, allowed: Bool) throws -> String? {
    let shared = sharedCount(with: training)
    guard shared > 0 else { return nil }
    guard shared < count || allowed else {
      throw InvalidSetting(
        "data.test",
        """
        all \(count) test images are among the training images, so that the result would say how well they are \
        remembered; name others, or say --allow-overlap if that is what you want to know
        """)
    }
    return """
      \(shared) of the \(count) test images are training images too: the result will look better than it is on new ones
      """
  }

  private func forEachPlace(_ body: (ContentDigest) -> Void) {
    entries.forEachPlace(of: (0..<count).lazy.map { entry(of: $0) }) { path in
      body(path.withUnsafeBytes { ContentDigest($0) })
    }
  }
}

extension ImageDataset {
  /// What data sets call the folders of their parts.
  private static let usualPartNames: Set = [
    "train", "training", "trn", "val", "valid", "validation", "dev", "test", "testing", "tst",
  ]

  /// Classes that are called as the parts of a data set are, where there are several.
  package var partNames: [String] {
    let parts = classNames.filter { Self.usualPartNames.contains($0.lowercased()) }
    return parts.count > 1 ? parts : []
  }

  /// What is to be said of ``partNames``.
  var partsNote: [String] {
    let parts = partNames
    guard let last = parts.last else { return [] }
    let names = parts.dropLast().joined(separator: ", ") + " and " + last
    return [
      "the folders \(names) are taken for classes, and all of their images are used; if they are the parts of a data "
        + "set, name the one that you mean"
    ]
  }

  /// - Throws: `DatasetError` where all images are of one class, so that nothing can be told apart.
  package func checkSeveralClasses() throws {
    guard let first = label(of: 0), (1..<count).allSatisfy({ label(of: $0) == first }) else { return }
    throw DatasetError(
      """
      all \(count) training images are of one class, '\(classNames[Int(first)])', so that there is nothing to tell \
      apart; give images of two classes or more, a folder each
      """)
  }
}
