/// The batch size and the number of workers to take, from what was measured.
public struct SpeedAdvice: Encodable, Hashable, Sendable {
  /// Rates this near to the best count as good as the best: 3 %.
  private static let tolerance = 0.97
  /// How much faster than the network a loader should be, so that it never keeps it waiting.
  private static let reserve = 1.2

  /// The smallest batch size whose images a second are within 3 % of the best.
  public let batchSize: Int
  /// The fewest workers that load at least 1.2 times what the network takes; where none do, the fewest within 3 % of the
  /// fastest.
  public let workers: Int
  /// Whether no number of workers loads fast enough.
  public let isLoaderTheLimit: Bool
  /// Seconds of the whole planned run at that batch size.
  public let runSeconds: Double

  /// - Parameters:
  ///   - updates: at least one.
  ///   - loading: at least one.
  package init(updates: [UpdateSpeed], loading: [LoaderSpeed]) {
    let best = updates.map(\.imagesPerSecond).max() ?? 0
    let good = updates.filter { $0.imagesPerSecond >= SpeedAdvice.tolerance * best }
    guard let batch = good.min(by: { $0.batchSize < $1.batchSize }) else {
      preconditionFailure("nothing was measured")
    }
    batchSize = batch.batchSize
    runSeconds = batch.runSeconds
    // Where the loader kept the network waiting, the network takes more than was measured.
    let needed = SpeedAdvice.reserve * (updates.map(\.networkRate).max() ?? 0)
    let enough = loading.filter { $0.imagesPerSecond >= needed }
    let fastest = loading.map(\.imagesPerSecond).max() ?? 0
    let usable = enough.isEmpty ? loading.filter { $0.imagesPerSecond >= SpeedAdvice.tolerance * fastest } : enough
    workers = usable.map(\.workers).min() ?? 1
    isLoaderTheLimit = enough.isEmpty
  }

  /// As options of `splitmask pretrain`.
  public var options: String { "--batch-size \(batchSize) --workers \(workers)" }

  private enum CodingKeys: String, CodingKey {
    case workers
    case batchSize = "batch_size"
    case isLoaderTheLimit = "loader_is_the_limit"
    case runSeconds = "run_seconds"
  }
}
