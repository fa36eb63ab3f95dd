public import Foundation
import ImageLoading
public import Runs
import SplitMaskCore
import Torch
import Training
import TrainingCost

/// Measures how fast a pretraining run would be, before it is begun; writes nothing.
///
/// Images are decoded every time, as in a run's first pass.
public struct SpeedTest {
  /// How far it is.
  public enum Progress: Hashable, Sendable {
    /// So many updates at a batch size are done.
    case updates(batchSize: Int, done: Int)
    /// Matrices are multiplied.
    case matrixRate
    /// The loader runs alone.
    case loading(workers: Int)
  }

  /// The parts of the time for updates and for the loader; the rest is for what comes before them.
  private static let (updateShare, loadingShare) = (0.65, 0.25)
  /// The loader's rate needs no larger batches than this.
  private static let loadingBatch = 64

  /// What is measured.
  public let facts: SpeedFacts

  private let run: PretrainingRun
  private let config: PretrainConfig
  private let images: LoadedImages
  private let seconds: Double

  /// Looks at the images and resolves the settings, as a run would.
  ///
  /// - Parameters:
  ///   - asked: the run's settings.
  ///   - explicit: the keys of the settings that somebody has said, as `PretrainingRun/init(fitting:explicit:indexFolder:costs:processes:)`.
  ///   - seconds: what the measurements take, about; more where a few updates take longer.
  ///   - indexFolder: where the indexes of tar shards are kept; nil reads them anew.
  /// - Throws: as `PretrainingRun`; `InvalidSetting` for a time that is not above 0.
  public init(
    _ asked: PretrainConfig, explicit: Set<String>? = nil, seconds: Double = 30, indexFolder: URL? = nil
  ) throws {
    guard seconds > 0, seconds.isFinite else { throw InvalidSetting("seconds", "must be above 0, not \(seconds)") }
    self.seconds = seconds
    run = try PretrainingRun(fitting: asked, explicit: explicit, indexFolder: indexFolder)
    facts = SpeedFacts(run)
    images = LoadedImages(run.recipe.images, cacheBudget: 0)
    var config = asked
    // The data set is the subset already.
    (config.data.subset, config.data.cacheGigabytes, config.preset) = (nil, 0, run.config.preset)
    (config.model, config.tokenizer, config.splitmask) = (run.config.model, run.config.tokenizer, asked.splitmask)
    config.splitmask.decoder = run.config.splitmask.decoder
    self.config = config
  }

  /// Measures updates, the matrix rate and the loader, one after the other.
  ///
  /// - Throws: `DatasetError` when the images cannot be read.
  public func measure(progress: (Progress) -> Void = { _ in }) throws -> SpeedReport {
    let watch = BusyWatch()
    let (measured, omitted) = try measureUpdates(progress)
    progress(.matrixRate)
    // After the updates, whose peak of memory it would raise.
    let rate = MatrixRate.measure(
      size: MatrixRate.size(on: run.device), dtype: run.config.training.precision.autocastType ?? .float32,
      on: run.device)
    let updates = try measured.map { try UpdateSpeed($0.times, of: $0.run, matrixRate: rate) }
    let loading = try measureLoading(progress)
    return SpeedReport(
      facts: facts, matrixRate: rate, updates: updates, omitted: omitted, loading: loading,
      advice: SpeedAdvice(updates: updates, loading: loading), othersWereBusy: watch.othersWereBusy)
  }

  private func measureUpdates(
    _ progress: (Progress) -> Void
  ) throws -> (measured: [(run: PretrainingRun, times: UpdateTimes)], omitted: [OmittedBatch]) {
    let plan = self.plan
    var measured: [(run: PretrainingRun, times: UpdateTimes)] = []
    var omitted: [OmittedBatch] = []
    for size in plan.batchSizes {
      if let smaller = measured.last?.times, let reason = plan.obstacle(to: size, after: smaller) {
        omitted.append(OmittedBatch(batchSize: size, reason: reason))
        continue
      }
      guard let variant = try variant(batchSize: size) else { continue }
      let times = try variant.updateTimes(for: SpeedTest.updateShare * seconds / Double(plan.batchSizes.count)) {
        progress(.updates(batchSize: size, done: $0))
      }
      measured.append((variant, times))
    }
    return (measured, omitted)
  }

  private func measureLoading(_ progress: (Progress) -> Void) throws -> [LoaderSpeed] {
    let counts = SpeedPlan.workerCounts(processors: DataLoader.defaultWorkers, asked: facts.workers)
    return try counts.compactMap { workers in
      progress(.loading(workers: workers))
      let size = min(run.plan.batchSize, SpeedTest.loadingBatch)
      let variant = try variant(batchSize: size, workers: workers)
      return try variant.map { variant in
        let rate = try variant.loadingRate(for: SpeedTest.loadingShare * seconds / Double(counts.count))
        return LoaderSpeed(workers: workers, imagesPerSecond: rate)
      }
    }
  }

  private var plan: SpeedPlan {
    let isCUDA = run.device.kind == .cuda
    let memory = isCUDA ? run.device.freeMemory : Int(clamping: ProcessInfo.processInfo.physicalMemory)
    return SpeedPlan(
      batchSize: run.plan.batchSize, largest: run.plan.images / facts.accumulate,
      doublings: memory == nil ? 0 : isCUDA ? 3 : 1, memory: memory, seconds: seconds)
  }

  /// The run with another batch; nil where its other settings do not allow that, such as an odd batch for mixup.
  private func variant(batchSize: Int, workers: Int? = nil) throws -> PretrainingRun? {
    var config = config
    config.training.batchSize = batchSize
    if let workers { config.data.workers = workers }
    do {
      return try PretrainingRun(config, data: Pretraining.Data(images))
    } catch is InvalidSetting {
      return nil
    }
  }
}
