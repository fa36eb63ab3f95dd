import ImageData
import Settings
public import VisionModels

/// BEiT (METHODS §2): predict the visual words of hidden patches from the whole image, with mask tokens in the encoder.
public enum BEiT {
  /// Whose network it is.
  public enum Variant: String, Codable, Hashable, Sendable, CaseIterable {
    /// The encoder as it is configured: what comparisons with other methods need.
    case plain
    /// BEiT's own: one table of relative positions for all blocks and no absolute ones, layer scale, keys without bias.
    case original
  }

  /// The method's settings.
  public struct Config: Codable, Hashable, Sendable {
    /// Whose network it is.
    public var variant = Variant.plain
    /// The share of an image's patches that are hidden at most: 75 of 196. Random rectangles often fall a little short.
    public var maskingRatio = 75.0 / 196

    /// BEiT's masks on the encoder as it is configured.
    public init() {}

    /// Checks the values.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      guard maskingRatio > 0, maskingRatio < 1 else {
        throw InvalidSetting("beit.maskingRatio", "must lie between 0 and 1, not \(maskingRatio)")
      }
    }

    /// The encoder of the variant.
    ///
    /// - Parameter base: its size; a layer scale that is given stays, else it starts at 0.1, for vit-large at 1e-5.
    public func encoder(_ base: VisionTransformer.Config) -> VisionTransformer.Config {
      guard variant == .original else { return base }
      var result = base
      result.relativePositionBias = .shared
      result.absolutePositions = false
      result.keyBias = false
      result.layerScale = base.layerScale ?? (base.architecture == .large ? 1e-5 : 0.1)
      return result
    }
  }

  /// How BEiT is trained (METHODS §2.4, §2.5); the warm-up is 10 of 800 epochs.
  public static let defaults: MethodDefaults = {
    var augmentation = Augmentation.Config()
    augmentation.colorJitter = ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4)
    return MethodDefaults(
      firstBeta: 0.9, secondBeta: 0.999, learningRate: 1.5e-3, referenceBatch: 2048, minimumLearningRate: 1e-5,
      warmupShare: 10.0 / 800, weightDecay: 0.05, clipNorm: 3, stochasticDepthRate: 0.1, augmentation: augmentation)
  }()
}
