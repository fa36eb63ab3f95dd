import DurableFiles
import Foundation
import ImageData
import Training

/// Which images a run learns from and is judged on, as its folder remembers them.
struct RunImages: Codable, Equatable {
  let training: DatasetIdentity
  /// Nil where nothing is judged.
  let test: DatasetIdentity?

  init(training: ImageDataset, test: ImageDataset?) {
    self.training = DatasetIdentity(of: training)
    self.test = test.map { DatasetIdentity(of: $0) }
  }

  /// What a folder remembers; nil for a run of a version that remembered nothing.
  ///
  /// - Throws: `DatasetError` for a file that is damaged.
  private init?(of folder: RunFolder) throws {
    guard let data = try? Data(contentsOf: folder.images) else { return nil }
    guard let saved = try? JSONDecoder().decode(RunImages.self, from: data) else {
      throw DatasetError(
        "\(folder.images.path), which says what images the run had, is damaged; delete it to go on with those there are now"
      )
    }
    self = saved
  }

  /// In what these images differ from those that a run was started with, in words.
  ///
  /// - Throws: `DatasetError` as reading.
  func changes(since folder: RunFolder) throws -> [String] {
    guard let saved = try RunImages(of: folder) else { return [] }
    let training = saved.training.difference(to: self.training)
    // Whether there are any to be judged on is a setting.
    let test = saved.test.flatMap { before in self.test.flatMap { before.difference(to: $0) } }
    return [training.map { "training images: \($0)" }, test.map { "test images: \($0)" }].compactMap(\.self)
  }

  /// - Throws: `FileError`.
  func write(to folder: RunFolder) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: folder.images)
  }
}
