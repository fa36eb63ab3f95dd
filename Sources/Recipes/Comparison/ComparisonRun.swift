import DurableFiles
import Evaluation
import Foundation
import ImageData
import SelfSupervision
import Torch
import Training
import VisionModels

/// One method with one seed in a comparison: pretrained, then judged by everything that was asked for.
struct ComparisonRun {
  let method: ComparedMethod
  let seed: UInt64
  let config: ComparisonConfig
  let folder: ComparisonFolder
  let images: SharedImages
  let stop: StopFlag

  private var runFolder: RunFolder { RunFolder(at: folder.run(method, seed: seed)) }

  private var wanted: [(evaluation: ComparedEvaluation, labels: LabelAmount)] {
    config.labels.flatMap { labels in config.evaluations.map { (evaluation: $0, labels: labels) } }
  }

  /// Whether something has yet to be measured.
  func isMissing() throws -> Bool {
    let record = try folder.load(method, seed: seed)
    return wanted.contains { !record.has($0.evaluation, labels: $0.labels) }
  }

  /// Does what is missing, recording each part as it is done.
  func make(observer: @escaping (TrainingEvent) -> Void) throws -> TrainingEvent.Outcome {
    var record = try folder.load(method, seed: seed)
    guard try pretrain(&record, observer: observer) == .completed else { return .interrupted }
    for (evaluation, labels) in wanted where !record.has(evaluation, labels: labels) {
      if stop.isRequested { return .interrupted }
      let start = ContinuousClock.now
      guard let score = try measure(evaluation, labels: labels, observer: observer) else { return .interrupted }
      record.scores.append(
        .init(
          evaluation: evaluation.rawValue, labels: "\(labels)", top1: score.top1, top5: score.top5,
          seconds: (ContinuousClock.now - start) / .seconds(1)))
      try folder.save(record, of: method)
    }
    return .completed
  }

  private func pretrain(
    _ record: inout ComparisonReport.Run, observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    guard let pretraining = method.pretraining, !runFolder.has(runFolder.encoder) else { return .completed }
    let settings = try config.pretraining(pretraining, seed: seed)
    let run = try PretrainingRun(settings, images: images.training)
    let start = ContinuousClock.now
    let outcome = try run.train(
      into: runFolder.url, resuming: runFolder.has(runFolder.configuration), stop: stop,
      vocabulary: try words(of: run), observer: observer)
    // Kept when interrupted too, so that the sum is right after a resume.
    record.pretrainSeconds += (ContinuousClock.now - start) / .seconds(1)
    record.steps = run.plan.totalSteps
    if outcome == .completed {
      record.curve = try ComparisonReport.Point.read(runFolder.metrics)
      record.picture = try lastPicture()
      record.pictureColumns = run.config.recipe.pictureColumns
    }
    try folder.save(record, of: method)
    return outcome
  }

  /// The words of this seed, made once for all methods that use them.
  private func words(of run: PretrainingRun) throws -> PatchTokenizer? {
    guard run.config.recipe.usesWords else { return nil }
    let file = folder.words(seed: seed)
    if FileManager.default.fileExists(atPath: file.path) {
      return try PatchTokenizer.load(from: file, device: run.device)
    }
    let tokenizer = try run.makeTokenizer()
    try tokenizer.save(to: file)
    return tokenizer
  }

  private func lastPicture() throws -> String? {
    let names = try FileManager.default.contentsOfDirectory(atPath: runFolder.pictures.path)
    return names.filter { $0.hasSuffix(".png") }.max().map {
      "runs/\(runFolder.url.lastPathComponent)/pictures/\($0)"
    }
  }

  private func measure(
    _ evaluation: ComparedEvaluation, labels: LabelAmount, observer: @escaping (TrainingEvent) -> Void
  ) throws -> (top1: Double, top5: Double)? {
    switch evaluation {
    case .finetune: return try fineTune(labels: labels, observer: observer)
    case .probe:
      let tables = try features(labels: labels)
      let result = try LinearProbe.evaluate(train: tables.train, test: tables.test, device: tables.device)
      return (result.top1, result.top5)
    case .knn:
      let tables = try features(labels: labels)
      var settings = NearestNeighbors.Config()
      settings.k = [min(20, tables.train.count)]
      let result = try NearestNeighbors.evaluate(
        train: tables.train, test: tables.test, config: settings, device: tables.device)
      return (result.top1, result.top5)
    }
  }

  private func source() throws -> EncoderSource {
    guard method.pretraining != nil else {
      return .random(try config.pretraining(.splitmask, seed: seed).model, seed: seed)
    }
    return .file(runFolder.encoder)
  }

  private func features(labels: LabelAmount) throws -> (train: FeatureTable, test: FeatureTable, device: Device) {
    let settings = try config.pretraining(.splitmask, seed: seed)
    let device = try settings.device.resolve()
    let extractor = FeatureExtractor(
      try source().load(), device: device, precision: settings.training.precision.autocastType)
    let subset = try images.training.dataset.balancedSubset(labels, seed: seed)
    return (
      try extractor.extract(from: extractor.loader(of: subset)),
      try extractor.extract(from: extractor.loader(of: images.test)), device
    )
  }

  private func fineTune(
    labels: LabelAmount, observer: @escaping (TrainingEvent) -> Void
  ) throws -> (top1: Double, top5: Double)? {
    var settings = try config.fineTuning(labels: labels, seed: seed)
    settings.encoder = method.pretraining == nil ? EncoderSource.randomName : runFolder.encoder.path
    settings.model = try config.pretraining(.splitmask, seed: seed).model
    settings.device = try config.pretraining(.splitmask, seed: seed).device
    let target = RunFolder(at: folder.fineTuning(method, seed: seed, labels: labels))
    let run = try FineTuningRun(settings)
    let outcome = try run.train(
      into: target.url, resuming: target.has(target.configuration), stop: stop, observer: observer)
    guard outcome == .completed, let result = run.result else { return nil }
    return (result.top1, result.top5)
  }
}

extension ComparisonReport.Run {
  /// Whether an evaluation with a share of the labels has been made.
  fileprivate func has(_ evaluation: ComparedEvaluation, labels: LabelAmount) -> Bool {
    scores.contains { $0.evaluation == evaluation.rawValue && $0.labels == "\(labels)" }
  }
}

extension RunFolder {
  fileprivate func has(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
}

extension ComparisonReport.Point {
  /// A row of `metrics.jsonl`.
  private struct Row: Decodable {
    let step: Int
    let loss: Double?
    let probe_accuracy: Double?
  }

  /// The logged steps of a run that have a loss.
  static func read(_ metrics: URL) throws -> [ComparisonReport.Point] {
    let decoder = JSONDecoder()
    return try String(contentsOf: metrics, encoding: .utf8).split(separator: "\n").compactMap { line in
      let row = try decoder.decode(Row.self, from: Data(line.utf8))
      return row.loss.map { .init(step: row.step, loss: $0, probeAccuracy: row.probe_accuracy) }
    }
  }
}
