public import Torch
public import TorchNN
public import VisionModels

/// An encoder with a head that gives every class a score: on the mean of the patch tokens (as BEiT) or the
/// class token (as DeiT).
///
/// Its keys are those of timm's vision transformers: the encoder's at the root, `head.*`, and `fc_norm.*` instead of
/// `norm.*` where the patch tokens are averaged (`global_pool='avg'`).
public final class Classifier: Module {
  /// What the head sees.
  public enum Pooling: String, Codable, Hashable, Sendable, CaseIterable {
    /// The mean of the patch tokens through a normalisation of its own, as BEiT and MAE are fine-tuned.
    case mean
    /// The class token after the encoder's last normalisation, as DeiT.
    case classToken = "class-token"
  }

  /// The encoder; with mean pooling its last normalisation is left out.
  public let encoder: VisionTransformer
  /// After the pooling; nil with the class token.
  public let fcNorm: LayerNorm?
  /// `D → K`.
  public let head: Linear
  /// What the head sees.
  public let pooling: Pooling
  /// The classes, in the order of the scores.
  public let classNames: [String]

  /// A fresh head on an encoder, whose parameters it shares.
  ///
  /// - Parameters:
  ///   - encoder: the encoder.
  ///   - classNames: the classes' names, in the order of their numbers.
  ///   - pooling: which tokens describe an image.
  ///   - headScale: multiplies the head's first weights; BEiT's 0.001 starts it near zero, 1 is DeiT's.
  ///   - generator: draws the head's first weights.
  /// - Throws: ``ClassificationError`` for fewer than two classes, or a class token that the encoder lacks.
  public init(
    encoder: VisionTransformer, classNames: [String], pooling: Pooling = .mean, headScale: Double = 0.001,
    using generator: inout some RandomNumberGenerator
  ) throws {
    guard classNames.count > 1 else { throw ClassificationError.tooFewClasses(classNames) }
    guard pooling == .mean || encoder.config.classToken else { throw ClassificationError.noClassToken }
    let dimension = encoder.config.embeddingDimension
    self.encoder = encoder
    self.classNames = classNames
    self.pooling = pooling
    fcNorm = pooling == .mean ? LayerNorm(dimension) : nil
    head = Linear(inputs: dimension, outputs: classNames.count, using: &generator)
    super.init()
    noGrad { head.weight.value.multiplyInPlace(headScale) }
  }

  /// The encoder's parameters, without the normalisation that goes unused, then the head's.
  public override var namedParameters: [NamedParameter] {
    let used = encoder.namedParameters.filter { pooling == .classToken || !$0.key.hasPrefix("norm.") }
    let norm = fcNorm?.namedParameters.map { (key: "fc_norm." + $0.key, parameter: $0.parameter) } ?? []
    return used + norm + head.namedParameters.map { (key: "head." + $0.key, parameter: $0.parameter) }
  }

  /// Scores of whole images, `[B, K]`.
  ///
  /// - Parameters:
  ///   - patches: normalised pixels of all patches, `[B, n, 3 · p · p]`.
  ///   - depth: branches to leave out in training.
  public func callAsFunction(_ patches: Tensor, depth: StochasticDepth? = nil) -> Tensor {
    let prefix = encoder.prefixCount
    let tokens = encoder.embed(PatchSequences(wholeImages: patches, prefixCount: prefix))
    guard let fcNorm else { return head(encoder.encode(tokens, depth: depth).selected(1, 0)) }
    let hidden = encoder.runBlocks(tokens, depth: depth)
    return head(fcNorm(hidden.narrowed(1, start: prefix, count: hidden.shape[1] - prefix).mean([1])))
  }
}
