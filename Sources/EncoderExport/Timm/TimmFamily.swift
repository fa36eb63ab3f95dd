import VisionModels

/// The network of timm that computes what a network computes.
enum TimmFamily: Hashable, Sendable {
  /// `timm/models/vision_transformer.py`.
  case visionTransformer
  /// `timm/models/beit.py`: relative positions; keys without a bias.
  case beit

  /// The family of a network that has one (``missingPart(of:)``).
  init(of network: ExportedNetwork) {
    self = network.config.relativePositionBias == .none ? .visionTransformer : .beit
  }

  /// What no family has; nil where there is one.
  static func missingPart(of network: ExportedNetwork) -> String? {
    let config = network.config
    // Its configuration files name a kind of normalisation, and no epsilon.
    if config.normEpsilon != 1e-6 { return "normalisations that add \(config.normEpsilon) to the variance, not 1e-06" }
    guard TimmFamily(of: network) == .beit else { return nil }
    if !config.classToken { return "relative positions without a class token" }
    if config.registers > 0 { return "relative positions beside registers" }
    // Loading resamples tables of such grids, whether they fit or not.
    return config.grid.rows == config.grid.columns ? nil : "relative positions of images that are not square"
  }

  /// The named network that the arguments start from.
  func architecture(_ config: VisionTransformer.Config) -> String {
    switch self {
    case .visionTransformer: config.architecture.rawValue.replacing("-", with: "_") + "_patch16_224"
    case .beit: "beit_\(config.architecture == .large ? "large" : "base")_patch16_224"
    }
  }
}
