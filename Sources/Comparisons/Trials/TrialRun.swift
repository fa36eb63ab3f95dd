import Classification
import DurableFiles
import Evaluation
import Foundation
import ImageData
import Runs
import SelfSupervision
import Settings
import SplitMaskCore
import Torch
import Training
import VisionModels

/// Makes one trial: pretrains its encoder, then judges it by everything that was asked for.
struct TrialRun {
  let trial: Trial
  let folder: TrialFolder
  let images: TrialImages
  let stop: StopFlag

  private var runFolder: RunFolder { RunFolder(at: folder.run(trial)) }

  /// Whether something has yet to be measured.
  func isMissing() throws -> Bool {
    let record = try folder.load(trial)
    guard record.failure == nil else { return false }
    // What is judged may lose its encoder afterwards, to save space.
    guard !trial.evaluations.isEmpty else { return !runFolder.has(runFolder.encoder) }
    return trial.evaluations.contains { record.score(of: $0) == nil }
  }

  /// Does what is missing, recording each part as it is done.
  func make(observer: @escaping (TrainingEvent) -> Void) throws -> TrainingEvent.Outcome {
    var record = try folder.load(trial)
    do {
      return try make(&record, observer: observer)
    } catch is StopRequested {
      return .interrupted
    } catch let error where trial.mayDiverge && Self.isDivergence(error) {
      record.failure = "diverged"
      try folder.save(record, of: trial)
      return .completed
    }
  }

  /// Whether a training has gone out of bounds, as its losses or as its scores show.
  private static func isDivergence(_ error: any Error) -> Bool {
    switch error {
    case TrainingError.diverged, ClassificationError.nonFiniteScores: true
    default: false
    }
  }

  private func make(
    _ record: inout TrialRecord, observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    guard try pretrain(&record, observer: observer) == .completed else { return .interrupted }
    for evaluation in trial.evaluations where record.score(of: evaluation) == nil {
      if stop.isRequested { return .interrupted }
      let start = ContinuousClock.now
      guard let figures = try measure(evaluation, observer: observer) else { return .interrupted }
      record.scores.append(
        .init(
          evaluation: evaluation.name, labels: "\(evaluation.labels)", data: evaluation.data, figures: figures,
          seconds: (ContinuousClock.now - start) / .seconds(1)))
      try folder.save(record, of: trial)
    }
    return .completed
  }

  private func pretrain(
    _ record: inout TrialRecord, observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    guard trial.isPretrained, !runFolder.has(runFolder.encoder) else { return .completed }
    let settings = try trial.settings.asBegun(in: runFolder)
    let data = Pretraining.Data(
      try images.training(settings.data.images), sharedWords: trial.sharesWords ? folder.words(seed: trial.seed) : nil)
    let run = try PretrainingRun(settings, data: data)
    let start = ContinuousClock.now
    let outcome = try run.train(request(runFolder), observer: observer)
    // Kept when interrupted too, so that the sum is right after a resume.
    record.pretrainSeconds += (ContinuousClock.now - start) / .seconds(1)
    record.steps = run.plan.totalSteps
    if outcome == .completed {
      record.curve = try TrialRecord.Point.read(runFolder.metrics)
      record.picture = try lastPicture()
      record.pictureColumns = run.recipe.method.pictureColumns
    }
    try folder.save(record, of: trial)
    return outcome
  }

  private func lastPicture() throws -> String? {
    let names = try FileManager.default.contentsOfDirectory(atPath: runFolder.pictures.path)
    return names.filter { $0.hasSuffix(".png") }.max().map {
      "runs/\(runFolder.url.lastPathComponent)/pictures/\($0)"
    }
  }

  /// - Returns: what was found, by name; nil when a stop was asked for.
  private func measure(
    _ evaluation: TrialEvaluation, observer: @escaping (TrainingEvent) -> Void
  ) throws -> [String: Double]? {
    switch evaluation.measure {
    case .fineTuning(let settings): return try fineTune(settings, evaluation, observer: observer)
    case .detection(let settings): return try detect(settings, evaluation, observer: observer)
    case .segmentation(let settings): return try segment(settings, evaluation, observer: observer)
    case .probe:
      let tables = try features(evaluation)
      let result = try LinearProbe.evaluate(train: tables.train, test: tables.test, device: tables.device)
      return ["top1": result.top1, "top5": result.top5]
    case .trainedProbe(let settings): return try trainProbe(settings, evaluation)
    case .neighbours:
      let tables = try features(evaluation)
      var settings = NearestNeighbors.Config()
      settings.k = [min(20, tables.train.count)]
      let result = try NearestNeighbors.evaluate(
        train: tables.train, test: tables.test, config: settings, device: tables.device)
      return ["top1": result.top1, "top5": result.top5]
    }
  }

  private func source() -> EncoderSource {
    trial.isPretrained
      ? .file(runFolder.encoder) : trial.encoder ?? .random(trial.settings.model, seed: trial.seed)
  }

  private func extractor(for images: ImageDataset) throws -> FeatureExtractor {
    let source = source()
    let pixels = try source.pixels(for: images, trial.settings.pixels).normalization
    return FeatureExtractor(
      try source.load(hints: .init(imageSize: trial.settings.model.imageSize), pixels: pixels),
      device: try trial.settings.device.resolve(),
      precision: trial.settings.training.precision.autocastType)
  }

  private func labelled(_ evaluation: TrialEvaluation) throws -> (train: ImageDataset, test: ImageDataset) {
    let sets = try images.labelled(train: evaluation.train, test: evaluation.test)
    return (try sets.train.balancedSubset(evaluation.labels, seed: trial.seed), sets.test)
  }

  private func features(_ evaluation: TrialEvaluation) throws -> (
    train: FeatureTable, test: FeatureTable, device: Device
  ) {
    let sets = try labelled(evaluation)
    let extractor = try extractor(for: sets.train)
    return (
      try extractor.extract(from: extractor.loader(of: sets.train, processes: .alone), processes: .alone),
      try extractor.extract(from: extractor.loader(of: sets.test, processes: .alone), processes: .alone),
      try trial.settings.device.resolve()
    )
  }

  private func trainProbe(
    _ settings: TrainedProbe.Config, _ evaluation: TrialEvaluation
  ) throws -> [String: Double]? {
    let sets = try labelled(evaluation)
    do {
      let result = try TrainedProbe.evaluate(
        train: sets.train, test: sets.test, extractor: extractor(for: sets.train), config: settings, processes: .alone
      ) { progress in
        WorkProgress.report("training the probe, step", done: progress.step, total: progress.totalSteps)
        try stop.check()
      }
      return ["top1": result.top1, "top5": result.top5]
    } catch is StopRequested {
      return nil
    }
  }

  private func fineTune(
    _ asked: FineTuneConfig, _ evaluation: TrialEvaluation, observer: @escaping (TrainingEvent) -> Void
  ) throws -> [String: Double]? {
    var settings = asked
    settings.encoder = encoderName
    settings.model = trial.settings.model
    settings.device = trial.settings.device
    settings.pixels = trial.settings.pixels
    if trial.encoder != nil { settings.imageSize = trial.settings.model.imageSize }
    let run = try FineTuningRun(settings.asBegun(in: trainingFolder(evaluation)))
    guard try complete(run, evaluation, observer: observer), let result = run.result else { return nil }
    return ["top1": result.top1, "top5": result.top5]
  }
}

extension TrialRun {
  /// Where an evaluation that trains does so.
  private func trainingFolder(_ evaluation: TrialEvaluation) -> RunFolder {
    RunFolder(at: folder.fineTuning(trial, evaluation))
  }

  /// What runs call the encoder.
  private var encoderName: String {
    switch source() {
    case .file(let url, _): url.path
    case .random: EncoderSource.randomName
    }
  }

  /// Trains to the end, or goes on where it was interrupted; false when a stop was asked for.
  private func complete(
    _ run: TrainingRun<some TrainingRecipe>, _ evaluation: TrialEvaluation, observer: @escaping (TrainingEvent) -> Void
  ) throws -> Bool {
    try run.train(request(trainingFolder(evaluation)), observer: observer) == .completed
  }

  /// Goes on in a folder where a run was begun.
  private func request(_ target: RunFolder) -> RunRequest {
    RunRequest(target.url, resuming: target.has(target.configuration), stop: stop)
  }

  private func detect(
    _ asked: DetectionConfig, _ evaluation: TrialEvaluation, observer: @escaping (TrainingEvent) -> Void
  ) throws -> [String: Double]? {
    var settings = asked
    (settings.encoder, settings.model, settings.device) = (encoderName, trial.settings.model, trial.settings.device)
    let run = try DetectionRun(settings.asBegun(in: trainingFolder(evaluation)))
    guard try complete(run, evaluation, observer: observer), let result = run.result else { return nil }
    return DetectionFigure.values(of: result)
  }

  private func segment(
    _ asked: SegmentationConfig, _ evaluation: TrialEvaluation, observer: @escaping (TrainingEvent) -> Void
  ) throws -> [String: Double]? {
    var settings = asked
    (settings.encoder, settings.model, settings.device) = (encoderName, trial.settings.model, trial.settings.device)
    let run = try SegmentationRun(settings.asBegun(in: trainingFolder(evaluation)))
    guard try complete(run, evaluation, observer: observer), let result = run.result else { return nil }
    return ["miou": 100 * result.meanIntersectionOverUnion]
  }
}

extension RunConfiguration {
  /// The settings of the run that was begun in a folder, whatever machine it was on; these where none was.
  fileprivate func asBegun(in folder: RunFolder) throws -> Self {
    folder.has(folder.configuration) ? try Self.ofRun(in: folder) : self
  }
}

extension RunFolder {
  fileprivate func has(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
}
