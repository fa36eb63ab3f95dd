import Evaluation
public import ImageData
import ImageLoading
public import Runs
public import Settings
import SplitMaskCore

/// What is compared: pretraining methods, and encoders that have seen nothing.
public enum ComparedMethod: String, Codable, Hashable, Sendable, CaseIterable {
  /// Fresh weights.
  case random
  /// DeiT's supervised training on the labels that the evaluations may use.
  case supervised
  case beit
  case dino
  case mae
  case splitmask

  /// The method of a pretraining run; nil for fresh weights.
  var pretraining: PretrainingMethod? { PretrainingMethod(rawValue: rawValue) }
}

/// How encoders are compared.
public enum ComparedEvaluation: String, Codable, Hashable, Sendable, CaseIterable {
  /// A linear classifier on frozen features.
  case probe
  /// The nearest neighbours among frozen features.
  case knn
  /// Training encoder and head.
  case finetune
}

/// Everything that decides a comparison.
public struct ComparisonConfig: RunConfiguration, Hashable {
  /// Labelled training images; pretraining sees them all, without their labels.
  public var train: [String] = []
  /// Labelled test images.
  public var test: [String] = []
  /// Whether all test images may be training images.
  public var allowOverlap = false
  /// What is compared, in the order of the tables.
  public var methods: [ComparedMethod] = [.random, .supervised, .beit, .dino, .mae, .splitmask]
  /// Encoders that others have trained, which are judged as they are.
  public var encoders: [ComparedEncoder] = []
  /// Whether each of them also goes on learning on the training images, by SplitMask, and is judged then.
  public var continuesEncoders = false
  /// Runs of each method; their seeds are 0, 1, ….
  public var seeds = 3
  /// Shares of the training labels that evaluations use: `1%`, `10%`, a number, or `100%`.
  public var labels = [LabelAmount.fraction(1)]
  /// How encoders are judged.
  public var evaluations: [ComparedEvaluation] = [.probe, .knn, .finetune]
  /// How long every pretraining run may take; nil is a third of a trial on a CPU, the paper's length on a GPU.
  public var preset: PretrainingPreset?
  /// Settings of every pretraining run, as `key.path=value`, over the method's own.
  public var pretraining: [String] = []
  /// Settings of every fine-tuning run, as `key.path=value`.
  public var fineTuning: [String] = []

  /// The paper's five rows and MAE, three seeds.
  public init() {}

  /// What is compared may grow or shrink: a finished run does not depend on what stands beside it.
  public static let keysChangeableOnResume: Set<String> = ["methods", "seeds", "encoders", "continuesEncoders"]

  /// Encoders had the published settings.
  public mutating func completeAsEarlierVersions() { preset = preset ?? .paper }

  /// - Throws: `InvalidSetting`.
  public func validate() throws {
    guard !train.isEmpty else { throw InvalidSetting("train", "name labelled training images") }
    guard !test.isEmpty else { throw InvalidSetting("test", "name labelled test images") }
    try validateEncoders()
    guard !methods.isEmpty else { throw InvalidSetting("methods", "name at least one method") }
    guard Set(methods).count == methods.count else { throw InvalidSetting("methods", "each can be named once") }
    guard !evaluations.isEmpty else { throw InvalidSetting("evaluations", "name at least one") }
    guard seeds >= 1 else { throw InvalidSetting("seeds", "must be at least 1, not \(seeds)") }
    guard !labels.isEmpty else { throw InvalidSetting("labels", "name at least one share, such as 10%") }
    guard !methods.contains(.supervised) || labels.count == 1 else {
      throw InvalidSetting(
        "labels",
        "the supervised encoder learns from the labels themselves, so compare it at one share at a time, or leave it out"
      )
    }
  }

  private func validateEncoders() throws {
    for encoder in encoders {
      let isPlain = encoder.name.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0)
      }
      guard isPlain, !encoder.name.isEmpty else {
        throw InvalidSetting(
          "encoders", "'\(encoder.name)' is no name; use letters, digits, dots, dashes and underscores")
      }
      guard ComparedMethod(rawValue: encoder.name) == nil else {
        throw InvalidSetting("encoders", "'\(encoder.name)' is a method's name; use another")
      }
    }
    guard Set(encoders.map(\.name)).count == encoders.count else {
      throw InvalidSetting("encoders", "each name can be used once")
    }
    guard !continuesEncoders || !encoders.isEmpty else {
      throw InvalidSetting("continuesEncoders", "name the encoders that are to go on: --encoders NAME=FILE")
    }
  }

  /// The names of all rows, in order.
  var rowNames: [String] { methods.map(\.rawValue) + encoders.map(\.name) + continuedNames }

  /// The names of the rows of encoders that go on learning.
  var continuedNames: [String] { continuesEncoders ? encoders.map(\.continuedName) : [] }

  /// Chooses the preset where nobody has, by the device, and notes what the encoders' files hold.
  ///
  /// - Throws: as ``pretraining(_:seed:shortSide:)``; what reading the files throws.
  mutating func settle() throws {
    for index in encoders.indices { try encoders[index].settle() }
    guard preset == nil else { return }
    let device = try ConfigurationOverlay.applying(assignments: pretraining, to: PretrainConfig()).device
    preset = try device.resolve().kind == .cpu ? .quick : .paper
  }

  /// The pretraining run of a method and seed.
  ///
  /// - Parameter shortSide: of a typical image, which settings that nobody has said are fitted to.
  /// - Throws: `InvalidSetting`, `ConfigurationSyntaxError` about the settings.
  func pretraining(_ method: PretrainingMethod, seed: UInt64, shortSide: Int) throws -> PretrainConfig {
    var base = PretrainConfig(method: method)
    base.preset = preset
    var result = try ConfigurationOverlay.applying(assignments: pretraining, to: base)
    try result.fit(
      shortSide: shortSide, explicit: ConfigurationOverlay.keys(file: nil, assignments: pretraining), comparing: true)
    result.method = method
    result.seed = seed
    result.data.images = train
    if method == .supervised, labels[0] != .fraction(1) { result.data.subset = labels[0] }
    return result
  }

  /// The run in which an encoder goes on.
  ///
  /// - Throws: as ``pretraining(_:seed:shortSide:)``; what reading its header throws.
  func continuing(_ encoder: ComparedEncoder, seed: UInt64, shortSide: Int) throws -> PretrainConfig {
    // The shape is the encoder's; what is said of it is said of those that start afresh.
    let assignments = pretraining.filter { !$0.hasPrefix("model.") || $0.hasPrefix("model.imageSize") }
    var base = PretrainConfig(method: .splitmask)
    (base.preset, base.encoder) = (preset, encoder.path)
    var result = try ConfigurationOverlay.applying(assignments: assignments, to: base)
    try result.fit(shortSide: shortSide, explicit: ConfigurationOverlay.keys(file: nil, assignments: assignments))
    (result.method, result.encoder, result.seed, result.data.images) = (.splitmask, encoder.path, seed, train)
    return result
  }

  /// What of the images' pixels every method sees.
  ///
  /// - Throws: as ``pretraining(_:seed:shortSide:)``.
  var pixels: PixelConfig {
    get throws { try ConfigurationOverlay.applying(assignments: pretraining, to: PretrainConfig()).pixels }
  }

  /// The fine-tuning run of an encoder with a share of the labels.
  ///
  /// - Throws: as ``pretraining(_:seed:)``.
  func fineTuning(labels: LabelAmount, seed: UInt64) throws -> FineTuneConfig {
    var result = try ConfigurationOverlay.applying(assignments: fineTuning, to: FineTuneConfig())
    result.seed = seed
    result.data.train = train
    result.data.test = test
    result.data.allowOverlap = allowOverlap
    result.data.labels = labels == .fraction(1) ? nil : labels
    return result
  }

  /// A method with a seed, judged with every share of the labels in every way.
  ///
  /// - Throws: as ``pretraining(_:seed:)``.
  func trial(_ method: ComparedMethod, seed: UInt64, shortSide: Int) throws -> Trial {
    Trial(
      name: method.rawValue, seed: seed,
      settings: try pretraining(method.pretraining ?? .splitmask, seed: seed, shortSide: shortSide),
      isPretrained: method.pretraining != nil, sharesWords: true, evaluations: try trialEvaluations(seed: seed))
  }

  /// An encoder of somebody else's with a seed, as it is or gone on with, judged likewise.
  ///
  /// - Throws: as ``continuing(_:seed:shortSide:)``.
  func trial(_ encoder: ComparedEncoder, continued: Bool, seed: UInt64, shortSide: Int) throws -> Trial {
    let settings = try continuing(encoder, seed: seed, shortSide: shortSide)
    return Trial(
      name: continued ? encoder.continuedName : encoder.name,
      fileName: encoder.fileName + (continued ? "-continued" : ""), seed: seed, settings: settings,
      isPretrained: continued, encoder: continued ? nil : try encoder.source,
      evaluations: try trialEvaluations(seed: seed))
  }

  private func trialEvaluations(seed: UInt64) throws -> [TrialEvaluation] {
    try labels.flatMap { labels in
      try evaluations.map { evaluation in
        let measure: TrialEvaluation.Measure =
          switch evaluation {
          case .probe: .probe
          case .knn: .neighbours
          case .finetune: .fineTuning(try fineTuning(labels: labels, seed: seed))
          }
        return TrialEvaluation(measure: measure, labels: labels, train: train, test: test)
      }
    }
  }
}
