public import ImageCoding
public import Torch
public import TorchNN
public import Training
package import VisionModels

/// SplitMask's loss of a batch of bytes: the one computation that training, tracing and benchmarks share.
public final class SplitMaskStep {
  /// Encoder and decoder.
  public let model: SplitMaskModel
  /// The words that are predicted.
  public let tokenizer: PatchTokenizer

  let config: SplitMask.Config
  let normalization: PixelNormalization
  private let reader: WordReader

  var patchifier: Patchifier { reader.patchifier }

  /// A batch on the device, before the network sees it.
  public struct Input {
    /// Patches of all images, `[B · n, C · p · p]`, as the loader has them.
    let patches: Tensor
    /// Each patch's word, `[B · n]` int64; nil when nothing is inpainted.
    package let words: Tensor?
    /// Which patches each branch sees.
    let split: BatchSplit
    /// The time that the words took, where it was asked for.
    let readingTerms: [(name: String, value: Tensor)]
  }

  /// - Parameters:
  ///   - model: on the device already.
  ///   - tokenizer: gives patches their words.
  ///   - config: the method's settings.
  ///   - normalization: of the encoder's pixels.
  ///   - device: the device to compute on.
  public init(
    model: SplitMaskModel, tokenizer: PatchTokenizer, config: SplitMask.Config, normalization: PixelNormalization,
    device: Device
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.config = config
    self.normalization = normalization
    reader = WordReader(
      encoder: model.encoder.config, tokenizer: tokenizer, normalization: normalization, device: device)
  }

  /// Cuts a batch into patches and looks up their words.
  ///
  /// - Parameters:
  ///   - images: `[B, H, W, C]`, as the loader has them, on the device.
  ///   - tokenizerImages: the same crops as the tokenizer sees them.
  ///   - split: which patches each branch sees.
  ///   - timed: whether the time that the words take is wanted.
  public func prepare(
    images: Tensor, tokenizerImages: Tensor, split: BatchSplit, timed: Bool = false
  ) -> Input {
    let reading = reader.read(
      images: images, tokenizerImages: tokenizerImages, wantsWords: config.inpaint, timed: timed)
    return Input(patches: reading.patches, words: reading.words, split: split, readingTerms: reading.terms)
  }

  /// The sequences that the encoder sees.
  package func sequences(_ input: Input) -> PatchSequences {
    noGrad {
      let prefixCount = model.encoder.prefixCount
      // Of a full sequence all patches go in; those to predict become mask tokens once they are embedded.
      guard config.split else {
        return PatchSequences(wholeImages: input.patches, prefixCount: prefixCount, patchifier: patchifier)
      }
      return PatchSequences(
        bytes: input.patches, rows: input.split.observedRows, positions: input.split.observed,
        prefixCount: prefixCount, patchifier: patchifier)
    }
  }

  /// The loss of a prepared batch.
  ///
  /// - Parameters:
  ///   - input: the prepared batch.
  ///   - depth: residual branches dropped by stochastic depth; nil keeps all.
  ///   - precision: the type of the vocabulary head's products; nil is float32.
  ///   - detailed: whether figures that cost time are wanted: accuracy and perplexity of predictions.
  ///   - processes: who have a share of the same batch; the mean of their losses is the batch's.
  public func loss(
    _ input: Input, depth: StochasticDepth?, precision: DType? = nil, detailed: Bool = false,
    processes: ProcessGroup
  ) -> TaskLoss {
    let output = model(sequences(input), split: input.split, depth: depth)
    var parts: [Tensor] = []
    var terms: [(name: String, value: Tensor)] = []
    if let words = input.words {
      let targets = noGrad { words.indexSelect(0, input.split.missingRows.reshaped([-1])) }
      let inpainting = WordLoss(
        hidden: output.missing, head: model.decoder.head, targets: targets, precision: precision, detailed: detailed,
        processes: processes)
      parts.append(inpainting.value * config.inpaintWeight)
      terms += inpainting.terms
    }
    if let descriptors = output.descriptors {
      let (a, b) = halves(descriptors)
      let loss = InfoNCE.loss(
        a, b, temperature: config.matching.temperature, negatives: config.matching.negatives,
        normalized: config.matching.normalized, processes: config.matching.acrossProcesses ? processes : .alone)
      parts.append(loss * config.matchWeight)
      terms.append(("loss_match", loss.detached()))
      terms.append(("descriptor_std", noGrad { spread(of: descriptors) }))
    }
    let total = parts.count == 2 ? parts[0] + parts[1] : parts[0]
    return TaskLoss(
      total: total, terms: [("loss", total.detached())] + terms + input.readingTerms,
      encoded: EncodedTokens(
        output.encoded, prefixCount: model.encoder.prefixCount, mask: input.split.ragged?.patchMask))
  }

  /// The two branches' descriptors, each `[B, D]`.
  func halves(_ descriptors: Tensor) -> (a: Tensor, b: Tensor) {
    let count = descriptors.shape[0] / 2
    return (descriptors.narrowed(0, start: 0, count: count), descriptors.narrowed(0, start: count, count: count))
  }

  /// The mean standard deviation of unit descriptors, times √D: about 1 when they spread, 0 when all are alike.
  private func spread(of descriptors: Tensor) -> Tensor {
    let unit = descriptors.detached().to(.float32).normalized(1)
    return unit.variance([0]).squareRoot().mean() * Double(descriptors.shape[1]).squareRoot()
  }
}
