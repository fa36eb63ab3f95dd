import ArgumentParser
import DenseAnnotations
import Foundation

/// Measures the evaluator on files of annotations and results; prints one JSON object.
@main struct COCOBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Measure how fast detections are evaluated.")

  @Argument(help: "COCO instances.") var annotations: String
  @Argument(help: "COCO results.") var results: String
  @Option(help: "What to compare: bbox or segm.") var kind = "bbox"

  private struct Result: Encodable {
    /// Processor time, as below: a busy machine then slows neither side. Everything runs on one thread.
    let loadSeconds: Double
    /// Matching and curves, as COCOeval's evaluate and accumulate; the truth's masks are made ready in here too.
    let seconds: Double
    /// The same by the clock on the wall.
    let wallSeconds: Double
    let stats: [Double]
  }

  func run() throws {
    guard let kind = COCOResults.Kind(rawValue: kind) else { throw ValidationError("--kind is bbox or segm") }
    let start = processorSeconds()
    let dataset = try COCODataset(URL(filePath: annotations))
    let detections = try COCOResults.read(URL(filePath: results), of: dataset)
    let (loaded, wall) = (processorSeconds(), ContinuousClock.now)
    let evaluation = try COCOEvaluator(dataset, kind).evaluate(detections)
    let end = processorSeconds()
    let result = Result(
      loadSeconds: loaded - start, seconds: end - loaded,
      wallSeconds: (ContinuousClock.now - wall) / .seconds(1),
      stats: evaluation.summary.values)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}

private func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
