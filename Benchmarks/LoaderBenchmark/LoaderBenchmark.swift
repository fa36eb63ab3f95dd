import ArgumentParser
import Foundation
import ImageData
import ImageLoading
import ImageTransforms

/// Measures how fast batches come out of the loader, with nothing done to them; prints one JSON object.
@main struct LoaderBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how fast the loader decodes, crops, scales and flips the images of a folder.")

  @Argument(help: "A folder of images, a list of paths or tar shards.") var images: [String]
  @Option(help: "Threads that decode; 0 decodes on the main thread.") var workers = 1
  @Option(help: "Height and width of the encoder's view.") var size = 224
  @Option(help: "Height and width of the tokenizer's view; 0 for none.") var tokenizerSize = 0
  @Option(help: "Images a batch.") var batchSize = 32
  @Option(help: "Batches to time, after two that are not.") var batches = 50
  @Option(help: "Columns and rows of the tiles that large images are cut into.") var tiles: Int?
  @Option(help: "Bytes in which decoded images are kept; 0 decodes each time.") var cacheBytes = 0

  private struct Result: Encodable {
    let workers: Int
    let size: Int
    let images: Int
    let seconds: Double
    let imagesPerSecond: Double
    /// Processor time, so that a busy machine can be told from a slow loader.
    let imagesPerProcessorSecond: Double
    let peakMegabytes: Double
    let skipped: Int
  }

  func run() throws {
    let view = ViewConfiguration.Size(height: size, width: size)
    let small = ViewConfiguration.Size(height: tokenizerSize, width: tokenizerSize)
    let whole = try ImageDataset(paths: images)
    let dataset = try tiles.map { try whole.tiled(Tiling(size: $0, background: nil), indexFolder: nil) } ?? whole
    let loader = try DataLoader(
      dataset: dataset, batchSize: batchSize,
      views: ViewConfiguration(encoder: view, tokenizer: tokenizerSize > 0 ? small : nil),
      transform: .training(Augmentation.Config()), workers: workers, decodedCacheBudget: cacheBytes)
    var epoch = 0
    var iterator = loader.batches(epoch: 0)
    func take(_ count: Int) throws -> Int {
      var images = 0
      for _ in 0..<count {
        while true {
          if let batch = try iterator.next() {
            images += batch.count
            break
          }
          epoch += 1
          iterator = loader.batches(epoch: epoch)
        }
      }
      return images
    }
    _ = try take(2)
    let start = (ContinuousClock.now, processorSeconds())
    let count = try take(batches)
    let seconds = (ContinuousClock.now - start.0) / .seconds(1)
    let result = Result(
      workers: workers, size: size, images: count, seconds: seconds, imagesPerSecond: Double(count) / seconds,
      imagesPerProcessorSecond: Double(count) / (processorSeconds() - start.1), peakMegabytes: peakMegabytes(),
      skipped: loader.skipped.count)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}

private func usage() -> rusage {
  var usage = rusage()
  #if os(Linux)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  #else
    getrusage(RUSAGE_SELF, &usage)
  #endif
  return usage
}

private func processorSeconds() -> Double {
  let usage = usage()
  let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
  return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + microseconds / 1e6
}

private func peakMegabytes() -> Double {
  // Linux counts kilobytes, macOS bytes.
  #if os(Linux)
    return Double(usage().ru_maxrss) / 1024
  #else
    return Double(usage().ru_maxrss) / 1_048_576
  #endif
}
