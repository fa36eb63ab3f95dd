import Evaluation
import ImageData
import TestSupport
import Testing
import Torch

/// Several processes with a share of every batch find what one process with whole batches does.
@Suite struct ManyProcessesTests {
  @Test func skippedImagesOfFeaturesAreCountedOnce() throws {
    try withColouredImages(70, unreadable: 2) { images in
      let counts = try together(2) { processes in
        let extractor = tinyExtractor(try tinyEncoder())
        let loader = try extractor.loader(of: images, workers: 1, share: processes.batchShare)
        return try extractor.extract(from: loader, processes: processes).skipped.count
      }
      #expect(counts == [4, 4])
    }
  }
}
