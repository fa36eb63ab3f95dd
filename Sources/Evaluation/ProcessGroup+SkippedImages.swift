import ImageData
import Torch
import Training

extension ProcessGroup {
  /// The images that any process could not read, each once.
  ///
  /// - Throws: ``ProcessGroupError``.
  func gatheredOnce(_ skipped: [SkippedImage]) throws -> [SkippedImage] {
    var seen: Set<Int> = []
    return try gathered(skipped).enumerated().flatMap { rank, images in
      images.filter { image in
        guard let index = image.index else {
          // Every process has listed the data set, and knows what was unusable there.
          return rank == 0
        }
        return seen.insert(index).inserted
      }
    }
  }
}
