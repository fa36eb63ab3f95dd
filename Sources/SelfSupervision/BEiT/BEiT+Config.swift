public import ImageTransforms
import SplitMaskCore
public import Training
public import VisionModels

/// BEiT (arXiv 2106.08254): predict the visual words of hidden patches from the whole image, with mask tokens in the
/// encoder.
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

  /// How BEiT is optimised (microsoft/unilm, beit/README.md): what SplitMask has from it.
  public static let optimization = OptimizationDefaults()

  /// BEiT's random changes of the images (microsoft/unilm, beit/datasets.py). It changes colours before it crops, this
  /// program after.
  public static let augmentation: Augmentation.Config = {
    var config = Augmentation.Config()
    config.colorJitter = ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4)
    return config
  }()
}

extension BEiT.Config {
  /// A step's matrix products for one image, of which as many patches are hidden as may be.
  ///
  /// - Parameters:
  ///   - encoder: the encoder's shape.
  ///   - tokenizer: of the words that are predicted.
  public func work(encoder: VisionTransformer.Config, tokenizer: PatchTokenizer.Specification) -> MatrixWork {
    let patches = encoder.grid.count
    let hidden = Int((maskingRatio * Double(patches)).rounded())
    return encoder.work(patches: patches)
      + MatrixWork(
        trained: MatrixWork.linear(
          rows: hidden, inputs: encoder.embeddingDimension, outputs: tokenizer.config.vocabulary),
        fixed: Double(patches) * tokenizer.multiplyAddsPerPatch)
  }
}
