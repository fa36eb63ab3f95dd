public import Torch
public import TorchNN
public import VisionModels

/// The encoder with BEiT's mask token and vocabulary.
public final class BEiTModel: Module {
  /// What remains after pretraining.
  public let encoder: VisionTransformer
  /// `[1, 1, D]`, in the place of every hidden patch's embedding.
  public let maskToken: Parameter
  /// The words' weights and biases.
  public let head: Linear

  /// BEiT's fresh weights (microsoft/unilm, beit/modeling_pretrain.py), whatever the variant.
  ///
  /// - Parameters:
  ///   - encoder: the size; the variant decides the rest.
  ///   - config: the method's settings.
  ///   - vocabulary: words to predict.
  ///   - device: the device to compute on.
  ///   - generator: draws the first weights.
  /// - Throws: `InvalidSetting` for a shape that cannot be built.
  public init(
    encoder: VisionTransformer.Config, config: BEiT.Config, vocabulary: Int, device: Device,
    using generator: inout some RandomNumberGenerator
  ) throws {
    try config.validate()
    self.encoder = try VisionTransformer(config.encoder(encoder), using: &generator)
    let dimension = encoder.embeddingDimension
    maskToken = Parameter(Tensor.zeros([1, 1, dimension]))
    head = Linear(inputs: dimension, outputs: vocabulary, using: &generator)
    super.init()
    InitialWeights.beit.draw(for: self, using: &generator)
    move(to: device)
  }
}
