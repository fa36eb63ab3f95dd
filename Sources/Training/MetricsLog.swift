import DurableFiles
public import Foundation

/// `metrics.jsonl`: one JSON object per logged step.
///
/// `step` and `epoch` come first, then the numbers in the order given. What is not finite is written as `null`, which
/// JSON readers and pandas take for a missing number.
public final class MetricsLog {
  private let file: AppendingFile

  /// Opens the log of a new run, or of one that goes on.
  ///
  /// - Parameters:
  ///   - url: The file, `metrics.jsonl` of a run folder.
  ///   - resumedStep: Rows of later steps, and a row that a crash cut, are dropped: those steps come again. 0 drops
  ///     all.
  /// - Throws: `FileError`.
  public init(_ url: URL, resumedStep: Int = 0) throws {
    try Self.drop(after: resumedStep, in: url)
    file = try AppendingFile(url)
  }

  /// Appends one row.
  ///
  /// - Throws: `FileError`.
  public func append(_ metrics: StepMetrics) throws {
    try file.append(Data((Self.json(metrics) + "\n").utf8))
  }

  /// Waits until all rows are on the disk: before a checkpoint, so that no step before it lacks its row.
  ///
  /// - Throws: `FileError`.
  public func synchronize() throws { try file.synchronize() }

  static func json(_ metrics: StepMetrics) -> String {
    let values = metrics.values.map { ",\"\($0.name)\":\(json($0.value))" }
    return "{\"step\":\(metrics.step),\"epoch\":\(metrics.epoch)\(values.joined())}"
  }

  private static func json(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    // Most numbers come from float32 tensors, whose shortest decimal has half the digits.
    let single = Float(value)
    return Double(single) == value ? "\(single)" : "\(value)"
  }

  /// The rows of a log, in their order; a row that a crash cut is left out, and so are numbers that were not finite.
  ///
  /// - Throws: Foundation's error when the file cannot be read.
  public static func rows(of url: URL) throws -> [StepMetrics] {
    try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
        let step = object["step"] as? Int, let epoch = object["epoch"] as? Int
      else { return nil }
      let values = object.compactMap { name, value in
        name == "step" || name == "epoch" ? nil : (value as? Double).map { StepMetrics.Value(name, $0) }
      }
      return StepMetrics(step: step, epoch: epoch, values: values.sorted { $0.name < $1.name })
    }
  }

  private struct Row: Decodable { let step: Int }

  private static func drop(after step: Int, in url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    let old = try MappedFile(url).withBytes { Data($0) }
    let decoder = JSONDecoder()
    var kept = Data()
    for line in old.split(separator: UInt8(ascii: "\n")) {
      guard step > 0, let row = try? decoder.decode(Row.self, from: line), row.step <= step else { continue }
      kept.append(line)
      kept.append(UInt8(ascii: "\n"))
    }
    if kept != old { try AtomicFile.write(kept, to: url) }
  }
}
