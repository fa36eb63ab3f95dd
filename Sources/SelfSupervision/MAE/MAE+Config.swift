public import ImageTransforms
import SplitMaskCore
public import Training
public import VisionModels

/// MAE (arXiv 2111.06377): encode the few patches that are seen, let a small decoder paint the pixels of the others.
public enum MAE {
  /// The method's settings.
  public struct Config: Codable, Hashable, Sendable {
    /// The share of an image's patches that is hidden, drawn uniformly.
    public var maskingRatio = 0.75
    /// The decoder's blocks; nil is 8, or two thirds of the encoder's where those are fewer.
    public var decoderDepth: Int?
    /// Values of a token in the decoder; nil is 512, or the encoder's where those are fewer.
    public var decoderWidth: Int?
    /// Attention heads of the decoder; nil gives heads of 32 values.
    public var decoderHeads: Int?
    /// Whether a patch's pixels are predicted relative to its own mean and standard deviation.
    public var normalizedTargets = true

    /// The published decoder of 8 blocks, 512 values and 16 heads, smaller for small encoders.
    public init() {}

    /// The decoder's shape beside an encoder.
    public func decoder(_ encoder: VisionTransformer.Config) -> (depth: Int, width: Int, heads: Int) {
      let width = decoderWidth ?? min(512, encoder.embeddingDimension)
      return (
        decoderDepth ?? min(8, max(1, encoder.blockCount * 2 / 3)), width, decoderHeads ?? max(1, width / 32)
      )
    }

    /// The encoder of that size as MAE trains it: all of its branches stay.
    public func encoder(_ base: VisionTransformer.Config) -> VisionTransformer.Config {
      var result = base
      result.stochasticDepthRate = 0
      return result
    }

    /// Patches that the encoder sees of `patchCount`.
    public func seenCount(of patchCount: Int) -> Int {
      // A ratio such as 0.8 leaves 3.9999… of 20; the share is meant, not its rounding.
      Int(Double(patchCount) * (1 - maskingRatio) + 1e-9)
    }

    /// Checks ranges and combinations.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate(encoder: VisionTransformer.Config) throws {
      guard maskingRatio > 0, maskingRatio < 1, seenCount(of: encoder.grid.count) > 0 else {
        throw InvalidSetting(
          "mae.maskingRatio",
          "\(maskingRatio) of \(encoder.grid.count) patches must hide some and leave some; use 0.75 or smaller patches")
      }
      let shape = decoder(encoder)
      let isWhole = shape.heads >= 1 && shape.width % shape.heads == 0
      guard shape.depth >= 1, shape.width >= 4, shape.width % 4 == 0, isWhole else {
        throw InvalidSetting(
          "mae.decoderWidth",
          "\(shape.depth) blocks of \(shape.width) values in \(shape.heads) heads cannot be built; the width must be "
            + "divisible by 4 and by the heads")
      }
      guard encoder.absolutePositions, encoder.embeddingDimension % 4 == 0 else {
        throw InvalidSetting("model.absolutePositions", "MAE has fixed absolute positions, of a width divisible by 4")
      }
    }
  }

  /// How MAE is optimised (facebookresearch/mae, main_pretrain.py): 40 of 800 epochs of warm-up, no clipping.
  public static let optimization = OptimizationDefaults(
    learningRate: 1.5e-4, referenceBatch: 256, minimumLearningRate: 0,
    warmup: OptimizationDefaults.Warmup(.epochs(40), share: 40.0 / 800), schedule: .fractional, beta2: 0.95,
    clipping: .none)

  /// MAE's random changes of the images: crops of a fifth of the area or more, and flips.
  public static let augmentation: Augmentation.Config = {
    var config = Augmentation.Config()
    config.cropScale = 0.2...1
    return config
  }()
}

extension MAE.Config {
  /// A step's matrix products for one image.
  public func work(encoder: VisionTransformer.Config) -> MatrixWork {
    let patches = encoder.grid.count
    let prefix = encoder.prefixCount
    let seen = seenCount(of: patches)
    let shape = decoder(encoder)
    let decoder =
      MatrixWork.linear(rows: seen + prefix, inputs: encoder.embeddingDimension, outputs: shape.width)
      + MatrixWork.blocks(shape.depth, width: shape.width, mlpRatio: encoder.mlpRatio, tokens: patches + prefix)
      + MatrixWork.linear(
        rows: patches - seen, inputs: shape.width, outputs: encoder.channels * encoder.patchSize * encoder.patchSize)
    return encoder.work(patches: seen) + MatrixWork(trained: decoder)
  }
}
