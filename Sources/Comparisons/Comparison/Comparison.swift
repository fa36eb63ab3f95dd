import DurableFiles
import Evaluation
public import Foundation
import Runs
import SelfSupervision
import SplitMaskCore
import Torch
public import Training
public import TrainingCost
import VisionModels

/// Pretrains an encoder by every method and with every seed, and judges all of them in the same way.
///
/// What is done is recorded as it is done: run again on the same folder, it goes on where it was interrupted.
public final class Comparison {
  /// The settings, with the preset chosen.
  public let config: ComparisonConfig
  private let folder: TrialFolder
  private let images: TrialImages
  private let shortSide: Int
  private let costs: CostStore?
  private let stop: StopFlag
  private let observer: (TrialEvent) -> Void
  /// What is worth knowing of the images.
  private let notes: [String]

  /// Looks at the images; writes nothing.
  ///
  /// - Parameters:
  ///   - config: what to compare.
  ///   - url: the folder of the comparison.
  ///   - costs: what runs cost on this machine, for the plan to say; nil leaves times out of it.
  ///   - stop: looked at between trials and after every update.
  ///   - observer: told what happens, on the calling thread.
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the images.
  public init(
    _ config: ComparisonConfig, in url: URL, costs: CostStore? = nil, stop: StopFlag = StopFlag(),
    observer: @escaping (TrialEvent) -> Void
  ) throws {
    try config.validate()
    var config = config
    try config.settle()
    self.config = config
    self.stop = stop
    self.observer = observer
    folder = TrialFolder(url: url, configurationName: "comparison.yaml")
    images = TrialImages(channelFiles: try config.pixels.files)
    let sets = try images.labelled(train: config.train, test: config.test)
    try sets.train.checkSeveralClasses()
    let overlap = try sets.test.checkHeldOut(from: sets.train, allowed: config.allowOverlap)
    notes =
      [overlap].compactMap(\.self) + sets.train.notes.map { "training images: \($0)" }
      + sets.test.notes.map { "test images: \($0)" }
    self.costs = costs
    let training = try images.training(config.train)
    shortSide = training.dataset.typicalShortSide
    // A faulty setting of the last method must not show after the first one's hours.
    for method in config.methods.compactMap(\.pretraining) {
      _ = try PretrainingRun(
        config.pretraining(method, seed: 0, shortSide: shortSide), data: Pretraining.Data(training))
    }
    for encoder in config.encoders {
      _ = try PretrainingRun(
        config.continuing(encoder, seed: 0, shortSide: shortSide), data: Pretraining.Data(training))
    }
    if config.evaluations.contains(.finetune) {
      for labels in config.labels { try config.fineTuning(labels: labels, seed: 0).validate() }
    }
  }

  /// Every method with every seed, method by method within a seed, so that an early look compares all of them.
  private func trials() throws -> [Trial] {
    try (0..<UInt64(config.seeds)).flatMap { seed in
      try config.methods.map { try config.trial($0, seed: seed, shortSide: shortSide) }
        + [false, true].filter { !$0 || config.continuesEncoders }.flatMap { continued in
          try config.encoders.map { try config.trial($0, continued: continued, seed: seed, shortSide: shortSide) }
        }
    }
  }

  /// What would be done, with the time, memory and disk that it takes; writes nothing, but measures updates of trainings
  /// whose cost on this machine is not known.
  ///
  /// - Throws: what making the methods throws; `ChangedSettings` when the folder holds another comparison.
  public func plan() throws -> ComparisonPlan {
    try folder.check(for: config)
    let trials = try trials()
    let isMissing = try trials.map { try TrialRun(trial: $0, folder: folder, images: images, stop: stop).isMissing() }
    let missing = zip(trials, isMissing).filter(\.1).map(\.0)
    let data = Pretraining.Data(try images.training(config.train))
    let pretraining = try trials.filter { $0.seed == 0 }.map { trial in
      ComparisonPlan.Training(
        name: trial.name,
        plan: try trial.isPretrained ? PretrainingRun(trial.settings, data: data, costs: costs).plan : nil,
        count: missing.count { $0.name == trial.name })
    }
    return ComparisonPlan(
      pretraining: pretraining, fineTuning: try fineTuningPlans(missing),
      evaluations: config.evaluations.map(\.rawValue), labels: config.labels.map(\.description), seeds: config.seeds,
      done: trials.count - missing.count, notes: notes)
  }

  /// A fine-tuning for each share of the labels, of encoders of one shape.
  private func fineTuningPlans(_ missing: [Trial]) throws -> [ComparisonPlan.Training] {
    guard config.evaluations.contains(.finetune) else { return [] }
    let shapes = Dictionary(grouping: missing) { $0.settings.encoder ?? "" }.sorted { $0.key < $1.key }
    return try shapes.flatMap { path, trials in
      let encoder = trials[0].settings
      let of = config.encoders.first { $0.path == path }.map { "fine-tuning \($0.name)" } ?? "fine-tuning"
      return try config.labels.map { labels in
        var settings = try config.fineTuning(labels: labels, seed: 0)
        (settings.encoder, settings.model, settings.device) = (EncoderSource.randomName, encoder.model, encoder.device)
        settings.pixels = encoder.pixels
        return ComparisonPlan.Training(
          name: "\(of), \(ComparisonReport.amount(of: labels.description))",
          plan: try FineTuningRun(settings, costs: costs).plan, count: trials.count)
      }
    }
  }

  /// Runs what is not done yet.
  ///
  /// - Parameter eachTime: called with what is known so far after each method and seed.
  /// - Returns: whether everything is done, or a stop was asked for.
  /// - Throws: what training and evaluating throw; `ChangedSettings` when the folder holds another comparison.
  public func run(eachTime: (ComparisonReport) throws -> Void = { _ in }) throws -> TrainingEvent.Outcome {
    try folder.claim(for: config)
    observer(.planned(try plan().description))
    let series = TrialSeries(trials: try trials(), folder: folder, images: images, stop: stop, observer: observer)
    return try series.run { try eachTime(report()) }
  }

  /// The shape of an encoder of somebody else's.
  private func encoderText(_ encoder: ComparedEncoder) -> String {
    (try? config.continuing(encoder, seed: 0, shortSide: shortSide).model.summary) ?? ""
  }

  /// What is known so far.
  ///
  /// - Throws: Foundation's errors when a record cannot be read.
  public func report() throws -> ComparisonReport {
    let first = try config.methods.compactMap(\.pretraining).first.map {
      try PretrainingRun(
        config.pretraining($0, seed: 0, shortSide: shortSide), data: Pretraining.Data(images.training(config.train)))
    }
    let model = try first?.config.model ?? config.pretraining(.splitmask, seed: 0, shortSide: shortSide).model
    let sets = try images.labelled(train: config.train, test: config.test)
    let facts: [ComparisonReport.Fact] =
      [
        .init("training images", HumanReadable.count(sets.train.count)),
        .init("test images", HumanReadable.count(sets.test.count)),
        .init("classes", "\(sets.train.classNames.count)"),
        .init(
          "encoder",
          "\(model.architecture.rawValue), width \(model.embeddingDimension), depth \(model.blockCount), "
            + "\(model.imageSize) pixels, patches of \(model.patchSize)"),
      ] + config.encoders.map { .init($0.name, "\($0.path), \(encoderText($0))") } + [
        .init("device", "\(first?.device ?? .cpu)"),
        .init("splitmask", Version.current), .init("libtorch", Engine.version),
      ]
    return ComparisonReport(
      facts: facts, methods: config.rowNames, encoders: config.encoders.map(\.name), continued: config.continuedNames,
      evaluations: config.evaluations.map(\.rawValue),
      labels: config.labels.map(\.description),
      runs: try trials().map(folder.load).filter { !$0.scores.isEmpty })
  }
}
