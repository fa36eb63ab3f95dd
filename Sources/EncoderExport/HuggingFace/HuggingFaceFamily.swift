import VisionModels

/// The network of `transformers` that computes what a network computes.
enum HuggingFaceFamily: String, Hashable, Sendable {
  /// A class token and absolute positions.
  case vit
  /// Relative positions, layer scale, or a classifier of the mean of the patch tokens; its keys have no bias.
  case beit
  /// Registers; layer scale.
  case dinov2WithRegisters = "dinov2_with_registers"
  /// No class token; an encoder alone.
  case siglip = "siglip_vision_model"

  /// The family of a network that has one (``missingPart(of:)``).
  init(of network: ExportedNetwork) {
    let config = network.config
    if !config.classToken {
      self = .siglip
    } else if config.registers > 0 {
      self = .dinov2WithRegisters
    } else if config.relativePositionBias != .none || config.layerScale != nil || network.poolsMean {
      self = .beit
    } else {
      self = .vit
    }
  }

  /// What no family has; nil where there is one.
  static func missingPart(of network: ExportedNetwork) -> String? {
    let config = network.config
    let isSquare = config.grid.rows == config.grid.columns
    let hasRelative = config.relativePositionBias != .none
    if network.poolsMean, config.normEpsilon != ExportedNetwork.headNormEpsilon {
      return "an epsilon of its own in the normalisation after pooling"
    }
    switch HuggingFaceFamily(of: network) {
    case .vit: return nil
    case .beit:
      // It takes the rows of such a table for its columns (transformers 5.24, modeling_beit.py, BeitRelativePositionBias).
      return hasRelative && !isSquare ? "relative positions of images that are not square" : nil
    case .dinov2WithRegisters:
      if hasRelative { return "relative positions beside registers" }
      if network.poolsMean { return "registers in a classifier of averaged patch tokens" }
      return isSquare ? nil : "registers with images that are not square"
    case .siglip:
      if network.head != nil { return "a classifier without a class token" }
      if config.registers > 0 { return "registers without a class token" }
      if hasRelative { return "relative positions without a class token" }
      return isSquare ? nil : "images that are not square without a class token"
    }
  }

  /// The class that loads an encoder or a classifier.
  func architecture(isClassifier: Bool) -> String {
    let name =
      switch self {
      case .vit: "ViT"
      case .beit: "Beit"
      case .dinov2WithRegisters: "Dinov2WithRegisters"
      case .siglip: "SiglipVision"
      }
    return name + (isClassifier ? "ForImageClassification" : "Model")
  }

  /// What the encoder's names begin with in a classifier.
  var prefix: String { self == .siglip ? "vision_model." : rawValue + "." }
}
