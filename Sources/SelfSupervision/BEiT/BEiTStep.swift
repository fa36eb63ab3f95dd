public import ImageCoding
public import Torch
public import TorchNN
public import Training
import VisionModels

/// BEiT's loss of a batch of bytes.
public final class BEiTStep {
  /// Encoder, mask token and vocabulary.
  public let model: BEiTModel
  /// The words that are predicted.
  public var tokenizer: PatchTokenizer { reader.tokenizer }

  let reader: WordReader

  /// A batch on the device, before the network sees it.
  public struct Input {
    /// Patches of all images, `[B · n, C · p · p]`, as the loader has them.
    let patches: Tensor
    /// Each patch's word, `[B · n]` int64.
    let words: Tensor
    /// What is hidden.
    let places: MaskedPlaces
    /// The time that the words took, where it was asked for.
    let readingTerms: [(name: String, value: Tensor)]
  }

  /// - Parameters:
  ///   - model: on the device already.
  ///   - tokenizer: gives patches their words.
  ///   - normalization: of the encoder's pixels.
  ///   - device: the device to compute on.
  public init(model: BEiTModel, tokenizer: PatchTokenizer, normalization: PixelNormalization, device: Device) {
    self.model = model
    reader = WordReader(
      encoder: model.encoder.config, tokenizer: tokenizer, normalization: normalization, device: device)
  }

  /// Cuts a batch into patches and looks up their words.
  ///
  /// - Parameters:
  ///   - images: `[B, H, W, C]`, as the loader has them, on the device.
  ///   - tokenizerImages: the same crops as the tokenizer sees them.
  ///   - masks: the hidden patches of each image, ascending; their number may differ.
  ///   - timed: whether the time that the words take is wanted.
  public func prepare(images: Tensor, tokenizerImages: Tensor, masks: [[Int]], timed: Bool = false) -> Input {
    let reading = reader.read(images: images, tokenizerImages: tokenizerImages, timed: timed)
    let places = MaskedPlaces(
      masks, patchCount: model.encoder.config.grid.count, prefixCount: model.encoder.prefixCount,
      device: images.device)
    return Input(patches: reading.patches, words: reading.words!, places: places, readingTerms: reading.terms)
  }

  /// The mean cross-entropy over all hidden patches of a batch (microsoft/unilm, beit/engine_for_pretraining.py).
  ///
  /// - Parameters:
  ///   - input: the prepared batch.
  ///   - depth: the stochastic depth mask; nil keeps all branches.
  ///   - precision: the type of the vocabulary's products; nil is float32.
  ///   - detailed: whether figures that cost time are wanted: accuracy and perplexity of predictions.
  ///   - processes: who have a share of the same batch; the mean of their losses is the batch's.
  public func loss(
    _ input: Input, depth: StochasticDepth?, precision: DType? = nil, detailed: Bool = false,
    processes: ProcessGroup
  ) -> TaskLoss {
    let targets = noGrad { input.words.indexSelect(0, input.places.patchRows) }
    let output = encode(input, depth: depth)
    let loss = WordLoss(
      hidden: output.hidden, head: model.head, targets: targets, precision: precision, detailed: detailed,
      processes: processes)
    return TaskLoss(
      total: loss.value, terms: [("loss", loss.value.detached())] + loss.terms + input.readingTerms,
      encoded: EncodedTokens(output.all, prefixCount: model.encoder.prefixCount))
  }

  /// The most probable words at the hidden places, `[M]` int64.
  func predictedWords(_ input: Input) -> Tensor {
    noGrad { model.head(encode(input, depth: nil).hidden).argmax(1) }
  }

  private func encode(_ input: Input, depth: StochasticDepth?) -> (hidden: Tensor, all: Tensor) {
    let encoder = model.encoder
    let images = noGrad {
      PatchSequences(wholeImages: input.patches, prefixCount: encoder.prefixCount, patchifier: reader.patchifier)
    }
    return encoder.encode(images, hiding: input.places, by: model.maskToken.value, depth: depth)
  }
}
