import Comparisons
import Foundation
import Runs
import Settings

/// A recipe at a scale: which encoders are made, with which settings, and which are not.
struct ExperimentPlan {
  let recipe: ExperimentRecipe
  let config: ExperimentConfig
  let data: ExperimentData

  private var scale: ExperimentScale { config.scale }

  /// The encoders in the paper's terms.
  var encoders: [PlannedEncoder] { recipe.encoders(scale) }

  /// Why nothing is made of an encoder; nil where something is.
  func obstacle(to encoder: PlannedEncoder) -> String? {
    config.given(encoder) == nil
      ? recipe.obstacle(to: encoder, scale: scale, hasDalle: config.dalleWeights != nil) : nil
  }

  /// Why a cell of an encoder is not measured; nil where it is.
  func obstacle(to cell: PlannedEncoder.Cell, of encoder: PlannedEncoder) -> String? {
    if let obstacle = obstacle(to: encoder) { return obstacle }
    guard let target = cell.quantity.target, scale.standIn(for: target) == nil else { return nil }
    return ExperimentRecipe.missing(target, at: scale)
  }

  /// The cells of an encoder that are measured.
  func cells(of encoder: PlannedEncoder) -> [PlannedEncoder.Cell] {
    encoder.cells.filter { obstacle(to: $0, of: encoder) == nil }
  }

  /// Everything to be made, encoder by encoder within a seed, so that an early look sees the whole table.
  ///
  /// - Throws: `InvalidSetting`, `ConfigurationSyntaxError` about settings and data.
  func trials() throws -> [Trial] {
    try (0..<UInt64(config.seeds)).flatMap { seed in
      try encoders.compactMap { try trial(of: $0, seed: seed) }
    }
  }

  /// An encoder with a seed; nil where there is nothing to measure.
  ///
  /// - Throws: as ``trials()``.
  func trial(of encoder: PlannedEncoder, seed: UInt64) throws -> Trial? {
    let cells = cells(of: encoder)
    guard !cells.isEmpty else { return nil }
    if let given = config.given(encoder) {
      return Trial(
        name: encoder.name, fileName: given.fileName, seed: seed, settings: try judging(given, encoder, seed: seed),
        isPretrained: false, encoder: try given.source, mayDiverge: true,
        evaluations: try evaluations(of: cells, encoder, seed: seed))
    }
    return Trial(
      name: encoder.name, seed: seed, settings: try pretraining(encoder, seed: seed),
      isPretrained: encoder.method != nil, mayDiverge: true,
      evaluations: try evaluations(of: cells, encoder, seed: seed))
  }

  /// What cells need, each once: several may show figures of one evaluation.
  private func evaluations(
    of cells: [PlannedEncoder.Cell], _ encoder: PlannedEncoder, seed: UInt64
  ) throws -> [TrialEvaluation] {
    try cells.compactMap { try evaluation($0.quantity, of: encoder, seed: seed) }.reduce(into: []) { made, evaluation in
      if !made.contains(where: { $0.slug == evaluation.slug }) { made.append(evaluation) }
    }
  }

  /// The pretraining run of an encoder; of fresh weights, what describes them.
  private func pretraining(_ encoder: PlannedEncoder, seed: UInt64) throws -> PretrainConfig {
    let weights = encoder.needsDalle(at: scale) ? config.dalleWeights.map { ["tokenizer.weights=\($0)"] } ?? [] : []
    // Rates are the published ones on every device.
    var published = PretrainConfig(method: encoder.method ?? .splitmask)
    published.preset = .paper
    var result = try ConfigurationOverlay.applying(
      assignments: scale.pretraining(encoder) + weights + config.pretraining, to: published)
    result.seed = seed
    guard encoder.method != nil, let standIn = scale.standIn(for: encoder.source) else { return result }
    if let list = data.publishedSubset(of: standIn.dataset, share: encoder.share) {
      result.data.images = [list]
    } else {
      result.data.images = try data.paths(of: standIn.dataset, .train)
      result.data.subset = encoder.share ?? standIn.amount
    }
    try result.validate()
    return result
  }

  /// What describes an encoder that somebody gives: its own shape and image size.
  private func judging(_ given: ComparedEncoder, _ encoder: PlannedEncoder, seed: UInt64) throws -> PretrainConfig {
    var fresh = encoder
    fresh.method = nil
    var result = try pretraining(fresh, seed: seed)
    result.encoder = given.path
    try result.fit(shortSide: result.model.imageSize.height, explicit: [])
    return result
  }

  /// How an encoder is judged; nil for what pretraining itself tells.
  func evaluation(_ quantity: PlannedEncoder.Quantity, of encoder: PlannedEncoder, seed: UInt64) throws
    -> TrialEvaluation?
  {
    guard let target = quantity.target, let standIn = scale.standIn(for: target) else { return nil }
    switch quantity {
    case .detection(_, _, let schedules): return try detection(on: standIn.dataset, schedules: schedules, seed: seed)
    case .segmentation: return try segmentation(on: standIn.dataset, seed: seed)
    case .fineTuning, .linear, .time, .updates: break
    }
    let labels = scale.labels(of: target)
    let train = try data.paths(of: standIn.dataset, .train)
    let test = try data.paths(of: standIn.dataset, .test)
    var measure = scale.linear
    if case .fineTuning = quantity {
      var settings = try ConfigurationOverlay.applying(
        assignments: scale.fineTuning(on: target, encoder.size) + config.fineTuning, to: FineTuneConfig())
      settings.seed = seed
      (settings.data.train, settings.data.test) = (train, test)
      settings.data.labels = labels == .fraction(1) ? nil : labels
      try settings.validate()
      measure = .fineTuning(settings)
    }
    return TrialEvaluation(measure: measure, labels: labels, train: train, test: test, data: target.rawValue)
  }

  private func detection(on dataset: ExperimentDataset, schedules: Int, seed: UInt64) throws -> TrialEvaluation {
    var settings = try ConfigurationOverlay.applying(
      assignments: scale.detection(schedules: schedules) + config.fineTuning, to: DetectionConfig())
    settings.seed = seed
    // COCO files name images below the folder of train and val where they are composed.
    let isComposed = dataset == .shapes
    settings.data.images = try data.paths(of: dataset, isComposed ? .labelMaps : .train)[0]
    settings.data.annotations = try data.paths(of: dataset, .trainAnnotations)[0]
    settings.data.testImages = try data.paths(of: dataset, isComposed ? .labelMaps : .test)[0]
    settings.data.testAnnotations = try data.paths(of: dataset, .testAnnotations)[0]
    try settings.validate()
    return TrialEvaluation(measure: .detection(settings), labels: .fraction(1), data: dataset.rawValue)
  }

  private func segmentation(on dataset: ExperimentDataset, seed: UInt64) throws -> TrialEvaluation {
    var settings = try ConfigurationOverlay.applying(
      assignments: scale.segmentation + config.fineTuning, to: SegmentationConfig())
    settings.seed = seed
    settings.data.folder = try data.paths(of: dataset, .labelMaps)[0]
    let splits = dataset.labelMapSplits
    (settings.data.split, settings.data.testSplit) = (splits.train, splits.test)
    try settings.validate()
    return TrialEvaluation(measure: .segmentation(settings), labels: .fraction(1), data: dataset.rawValue)
  }
}
