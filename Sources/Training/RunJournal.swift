import DurableFiles
import Foundation
import ImageCoding
import ImageData
import ImageLoading

/// Everything a run writes and tells while it trains: metrics, TensorBoard, pictures, skipped images, progress.
final class RunJournal {
  private let folder: RunFolder
  private let schedule: TrainingSchedule
  private let loader: DataLoader
  private let observer: (TrainingEvent) -> Void
  private let metrics: MetricsLog
  private let tensorBoard: TensorBoardLog
  private let skippedFile: SkippedImagesFile
  private var meter = ThroughputMeter()
  private var losses: [StepMetrics.Value] = []
  private var probeAccuracy: Double?
  private var skippedSeen = 0
  private var lastTime = ContinuousClock.now
  private var lastWait = 0.0
  private var lastSeconds = 0.0

  /// Seconds from which on an update is slow: its loss is told by itself, not only with the next logged step.
  private static let slowUpdate = 1.0

  /// - Parameter step: updates done so far; lines beyond them are forgotten.
  init(
    folder: RunFolder, schedule: TrainingSchedule, loader: DataLoader, step: Int,
    observer: @escaping (TrainingEvent) -> Void
  ) throws {
    self.folder = folder
    self.schedule = schedule
    self.loader = loader
    self.observer = observer
    metrics = try MetricsLog(folder.metrics, resumedStep: step)
    tensorBoard = try TensorBoardLog(in: folder.url, resumedStep: step)
    skippedFile = try SkippedImagesFile(folder.skippedImages)
  }

  /// Something to know, as a sentence.
  func warn(_ text: String) { observer(.warned(text)) }

  /// Notes that an update is done: its time, and the images that could not be read for it.
  func measure() throws {
    let now = ContinuousClock.now
    let wait = loader.waitSeconds
    lastSeconds = (now - lastTime) / .seconds(1)
    meter.record(
      images: schedule.batchSize * schedule.accumulate, seconds: lastSeconds, waitSeconds: wait - lastWait)
    (lastTime, lastWait) = (now, wait)
    try recordSkipped()
  }

  /// Tells how far the run is.
  ///
  /// - Parameter values: of this update; asked for only where updates are slow, since reading them waits for the device.
  func progressed(_ step: Int, values: () -> [StepMetrics.Value]) {
    if lastSeconds >= RunJournal.slowUpdate { remember(values()) }
    progressed(step)
  }

  private func progressed(_ step: Int) { observer(.progressed(progress(step))) }

  /// Keeps what the progress shows of some values.
  private func remember(_ values: [StepMetrics.Value]) {
    losses = values.filter { $0.name.hasPrefix("loss") }
    if let accuracy = values.first(where: { $0.name == OnlineProbe.metricName })?.value { probeAccuracy = accuracy }
  }

  /// Writes the means of a logging interval, and tells them and how far the run is.
  func log(step: Int, values: [StepMetrics.Value]) throws {
    let speed: [StepMetrics.Value] = [
      .init("images_per_second", meter.imagesPerSecond), .init("data_wait", meter.dataWaitFraction),
      .init("skipped_images", Double(skippedFile.count)),
    ]
    remember(values)
    let entry = StepMetrics(step: step, epoch: schedule.epoch(after: step), values: values + speed)
    try metrics.append(entry)
    try tensorBoard.append(entry)
    progressed(step)
    observer(.logged(entry))
  }

  /// Writes numbers that belong to an epoch, such as an accuracy on held-out images; nothing where there are none.
  func log(epochOf step: Int, values: [StepMetrics.Value]) throws {
    try write(values, at: step).map { observer(.evaluated($0)) }
  }

  /// Writes numbers that were measured after some updates, whatever the epoch; nothing where there are none.
  func log(observedAt step: Int, values: [StepMetrics.Value]) throws {
    try write(values, at: step).map { observer(.observed($0)) }
  }

  private func write(_ values: [StepMetrics.Value], at step: Int) throws -> StepMetrics? {
    guard !values.isEmpty else { return nil }
    let entry = StepMetrics(step: step, epoch: schedule.epoch(after: step), values: values)
    try metrics.append(entry)
    try tensorBoard.append(entry)
    return entry
  }

  /// Makes sure that the log is on the disk as far as the checkpoint is, and tells of it.
  func saved(step: Int, checkpoint: URL) throws {
    try metrics.synchronize()
    observer(.checkpointSaved(step: step, folder: checkpoint))
  }

  /// Writes pictures into the run folder and TensorBoard.
  func keep(_ pictures: [TrainingPicture], step: Int) throws {
    var files: [URL] = []
    for picture in pictures {
      let image = picture.captioned
      let png = try ImageEncoder.png(image)
      let digits = String(step)
      let name = "\(picture.name)-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).png"
      let file = folder.pictures.appendingPathComponent(name)
      try AtomicFile.write(png, to: file)
      try tensorBoard.append(
        png: png, width: image.width, height: image.height, name: picture.name, step: step)
      files.append(file)
    }
    if !files.isEmpty { observer(.picturesWritten(step: step, files: files)) }
  }

  private func recordSkipped() throws {
    let skipped = loader.skipped
    try record(skipped.dropFirst(skippedSeen))
    skippedSeen = skipped.count
  }

  /// Notes images that could not be read, each once.
  func record(_ skipped: some Sequence<SkippedImage>) throws {
    for image in skipped where try skippedFile.record(name: image.name, reason: image.reason) {
      observer(.imageSkipped(name: image.name, reason: image.reason))
    }
  }

  private func progress(_ step: Int) -> TrainingProgress {
    TrainingProgress(
      step: step, totalSteps: schedule.totalSteps, losses: losses, probeAccuracy: probeAccuracy,
      imagesPerSecond: meter.imagesPerSecond,
      dataWaitFraction: meter.dataWaitFraction,
      secondsLeft: meter.secondsLeft(steps: schedule.totalSteps - step), skippedImages: skippedFile.count)
  }
}
