public import Comparisons
import DurableFiles
public import Foundation
package import Runs
import SplitMaskCore
import Torch
public import Training

/// Runs a recipe: makes its encoders one after the other, judges them, and writes its table beside the paper's.
///
/// What is done is recorded as it is done: run again on the same folder, it goes on where it was interrupted.
public final class Experiment {
  /// The settings.
  public let config: ExperimentConfig
  /// What is run.
  public let recipe: ExperimentRecipe
  private let folder: TrialFolder
  private let data: ExperimentData
  private let design: ExperimentPlan
  private let trials: [Trial]
  private let images = TrialImages()
  private let stop: StopFlag
  private let observer: (TrialEvent) -> Void

  /// Settles what is made of what; writes nothing, and looks at no image.
  ///
  /// - Throws: `InvalidSetting` for settings that cannot work and for data sets that are missing.
  public init(
    _ config: ExperimentConfig, in url: URL, stop: StopFlag = StopFlag(), observer: @escaping (TrialEvent) -> Void
  ) throws {
    try config.validate()
    recipe = try ExperimentRecipe.named(config.recipe)
    var config = config
    try config.settleEncoders(of: recipe)
    self.config = config
    self.stop = stop
    self.observer = observer
    folder = TrialFolder(url: url, configurationName: "recipe.yaml")
    data = try ExperimentData(config, in: url)
    design = ExperimentPlan(recipe: recipe, config: config, data: data)
    trials = try design.trials()
  }

  /// Everything that would be done, a line each; writes nothing.
  public func plan() -> String {
    let lines = design.encoders.map { encoder in
      if let obstacle = design.obstacle(to: encoder) { return "\(encoder.name): not run: \(obstacle)" }
      let used = design.cells(of: encoder).compactMap(\.quantity.target)
      let targets = ExperimentDataset.allCases.filter(used.contains)
      let judged = targets.isEmpty ? "" : ", judged on " + targets.map(\.rawValue).joined(separator: ", ")
      return "\(encoder.name): \(description(of: encoder))\(judged)"
    }
    let seeds = "\(config.seeds) seed\(config.seeds == 1 ? "" : "s") each; " + recipe.cost(at: config.scale)
    return (lines + [seeds]).joined(separator: "\n")
  }

  private func description(of encoder: PlannedEncoder) -> String {
    if let given = config.given(encoder) { return "the encoder of \(given.path), as it is" }
    guard let method = encoder.method else { return "fresh weights" }
    let share = encoder.share.map { "\($0) of " } ?? ""
    let source = config.scale.standIn(for: encoder.source)?.description ?? encoder.source.title
    return "\(method.rawValue) on \(share)\(source)"
  }

  /// Runs what is not done yet, and writes `results.md` and `results.json` after every encoder.
  ///
  /// - Returns: whether everything is done, or a stop was asked for.
  /// - Throws: what training and evaluating throw; `ChangedSettings` when the folder holds the recipe with other
  ///   settings; `InvalidSetting` when it holds something else.
  public func run() throws -> TrainingEvent.Outcome {
    try refuseForeignFolder()
    try folder.claim(for: config)
    if usesShapes { try data.compose() }
    observer(.planned(plan()))
    try report().write(to: folder.url)
    let series = TrialSeries(trials: trials, folder: folder, images: images, stop: stop, observer: observer)
    return try series.run { try report().write(to: folder.url) }
  }

  /// The settings of an encoder of the first seed, and of its fine-tunings; nil where it is not made.
  package func settings(of name: String) -> (pretraining: PretrainConfig, fineTunings: [FineTuneConfig])? {
    trials.first { $0.name == name }.map { trial in
      let tunings = trial.evaluations.compactMap { evaluation in
        if case .fineTuning(let settings) = evaluation.measure { settings } else { FineTuneConfig?.none }
      }
      return (trial.settings, tunings)
    }
  }

  private var usesShapes: Bool {
    let datasets = design.encoders.flatMap { encoder in
      design.cells(of: encoder).compactMap(\.quantity.target) + (encoder.method == nil ? [] : [encoder.source])
    }
    return datasets.contains { config.scale.standIn(for: $0)?.dataset == .shapes }
  }

  private func refuseForeignFolder() throws {
    let manager = FileManager.default
    guard !manager.fileExists(atPath: folder.configuration.path) else { return }
    let names = (try? manager.contentsOfDirectory(atPath: folder.url.path)) ?? []
    guard let found = names.filter({ !$0.hasPrefix(".") }).min() else { return }
    throw InvalidSetting(
      "out", "\(folder.url.path) holds something else already (\(found)); name a new folder, or one of the same recipe")
  }

  /// What is known so far.
  ///
  /// - Throws: Foundation's errors when a record cannot be read.
  public func report() throws -> ExperimentReport {
    let records = try trials.map { (name: $0.name, record: try folder.load($0)) }
    let made = Dictionary(grouping: records, by: \.name).mapValues { $0.map(\.record) }
    let planned = design.encoders.flatMap { encoder in encoder.cells.map { (encoder, $0) } }
    let cells = try recipe.published.rows.flatMap { row in
      try recipe.published.columns.map { column in
        let place = planned.first { $0.1.row == row && $0.1.column == column }
        guard let (encoder, cell) = place else {
          return ExperimentReport.Cell(
            row: row, column: column, unit: nil, published: recipe.published.value(row: row, column: column),
            reason: recipe.reason(row: row, column: column, scale: config.scale))
        }
        return try self.cell(cell, of: encoder, records: made[encoder.name] ?? [])
      }
    }
    return ExperimentReport(recipe: recipe, config: config, facts: facts, cells: cells)
  }

  private func cell(
    _ cell: PlannedEncoder.Cell, of encoder: PlannedEncoder, records: [TrialRecord]
  ) throws -> ExperimentReport.Cell {
    var result = ExperimentReport.Cell(
      row: cell.row, column: cell.column, unit: cell.quantity.unit,
      published: recipe.published.value(row: cell.row, column: cell.column))
    result.reason = design.obstacle(to: cell, of: encoder)
    guard result.reason == nil else { return result }
    let evaluation = try design.evaluation(cell.quantity, of: encoder, seed: 0)
    result.measured = ExperimentReport.Measured(
      records.compactMap { record in
        switch cell.quantity {
        case .fineTuning, .linear: evaluation.flatMap { record.score(of: $0)?.figures["top1"] }
        case .detection(_, let figure, _): evaluation.flatMap { record.score(of: $0)?.figures[figure.rawValue] }
        case .segmentation: evaluation.flatMap { record.score(of: $0)?.figures["miou"] }
        case .time: record.curve.isEmpty ? nil : record.pretrainSeconds / 3600
        case .updates: record.curve.isEmpty ? nil : Double(record.steps)
        }
      })
    if result.measured == nil { result.reason = records.compactMap(\.failure).first ?? "not yet run" }
    return result
  }

  private var facts: [ComparisonReport.Fact] {
    let sizes: [PlannedEncoder.Size] = [.small, .base].filter { size in design.encoders.contains { $0.size == size } }
    let settings = config.pretraining + config.fineTuning.map { "fine-tuning: \($0)" }
    let given = config.encoders.map { ComparisonReport.Fact("encoder \($0.name)", $0.path) }
    return [
      .init("scale", config.scale.rawValue),
      .init(
        "encoder",
        sizes.map { config.scale.title(of: $0, isBackbone: recipe.isDense) }.joined(separator: "; ")),
      .init("images", recipe.standIns(at: config.scale).joined(separator: "; ")),
      .init("seeds", "\(config.seeds)"),
    ] + given + (settings.isEmpty ? [] : [.init("changed settings", settings.joined(separator: ", "))]) + [
      .init("splitmask", Version.current), .init("libtorch", Engine.version),
    ]
  }
}
