public import Torch
import TorchNN
public import Training
public import VisionModels

/// SplitMask's loss of a batch of bytes: the one computation that training, tracing and benchmarks share.
public final class SplitMaskStep {
  /// Encoder and decoder.
  public let model: SplitMaskModel
  /// The words that are predicted.
  public let tokenizer: PatchTokenizer

  let config: SplitMask.Config
  let patchifier: Patchifier
  let tokenizerPatchifier: Patchifier

  /// A batch on the device, before the network sees it.
  public struct Input {
    /// Patches of all images, `[B · n, 3 · p · p]` bytes.
    let patches: Tensor
    /// Each patch's word, `[B · n]` int64; nil when nothing is inpainted.
    package let words: Tensor?
    /// Who sees what.
    let split: BatchSplit
  }

  /// - Parameters:
  ///   - model: on the device already.
  ///   - normalization: of the encoder's pixels.
  public init(
    model: SplitMaskModel, tokenizer: PatchTokenizer, config: SplitMask.Config, normalization: PixelNormalization,
    device: Device
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.config = config
    let encoder = model.encoder.config
    patchifier = Patchifier(
      grid: encoder.grid, patchSize: encoder.patchSize, normalization: normalization, device: device)
    tokenizerPatchifier = Patchifier(
      grid: encoder.grid, patchSize: tokenizer.specification.patchSize,
      normalization: tokenizer.specification.normalization, device: device)
  }

  /// Cuts a batch into patches and looks up their words.
  ///
  /// - Parameters:
  ///   - images: `[B, H, W, 3]` bytes on the device.
  ///   - tokenizerImages: the same crops as the tokenizer sees them.
  public func prepare(images: Tensor, tokenizerImages: Tensor, split: BatchSplit) -> Input {
    noGrad {
      let words = config.inpaint ? tokenizer.words(tokenizerPatches(tokenizerImages)) : nil
      return Input(patches: patchifier.patches(images), words: words, split: split)
    }
  }

  /// Normalised patches of the tokenizer's view, `[B · n, d]`.
  func tokenizerPatches(_ images: Tensor) -> Tensor {
    tokenizerPatchifier.normalized(tokenizerPatchifier.patches(images))
  }

  /// The sequences that the encoder sees.
  package func sequences(_ input: Input) -> PatchSequences {
    noGrad {
      var (rows, positions) = (input.split.observedRows, input.split.observed)
      if !config.split {
        // All patches go in; those to predict become mask tokens once they are embedded.
        let (images, count) = (input.split.imageCount, patchifier.grid.count)
        rows = Tensor.range(0, images * count, device: rows.device).reshaped([images, count])
        positions = Tensor.range(0, count, device: rows.device).unsqueezed(0).expanded([images, count])
      }
      return PatchSequences(
        bytes: input.patches, rows: rows, positions: positions, prefixCount: model.encoder.prefixCount,
        patchifier: patchifier)
    }
  }

  /// The loss of a prepared batch.
  ///
  /// - Parameters:
  ///   - depth: branches left out; nil keeps all.
  ///   - precision: the type of the vocabulary head's products; nil is float32.
  ///   - detailed: whether figures that cost time are wanted: accuracy and perplexity of predictions.
  public func loss(
    _ input: Input, depth: StochasticDepth?, precision: DType? = nil, detailed: Bool = false
  ) -> TaskLoss {
    let output = model(sequences(input), split: input.split, depth: depth)
    var parts: [Tensor] = []
    var terms: [(name: String, value: Tensor)] = []
    if let words = input.words {
      let targets = noGrad { words.indexSelect(0, input.split.missingRows.reshaped([-1])) }
      let result = LinearCrossEntropy.loss(
        hidden: output.missing, weight: model.decoder.head.weight.value, bias: model.decoder.head.bias!.value,
        targets: targets, predicting: detailed, precision: precision)
      parts.append(result.loss * config.inpaintWeight)
      terms.append(("loss_inpaint", result.loss.detached()))
      if let predictions = result.predictions { terms += details(predictions: predictions, targets: targets) }
    }
    if let descriptors = output.descriptors {
      let (a, b) = halves(descriptors)
      let loss = InfoNCE.loss(
        a, b, temperature: config.matching.temperature, negatives: config.matching.negatives,
        normalized: config.matching.normalized)
      parts.append(loss * config.matchWeight)
      terms.append(("loss_match", loss.detached()))
      terms.append(("descriptor_std", noGrad { spread(of: descriptors) }))
    }
    let total = parts.count == 2 ? parts[0] + parts[1] : parts[0]
    return TaskLoss(total: total, terms: [("loss", total.detached())] + terms)
  }

  /// The two branches' descriptors, each `[B, D]`.
  func halves(_ descriptors: Tensor) -> (a: Tensor, b: Tensor) {
    let count = descriptors.shape[0] / 2
    return (descriptors.narrowed(0, start: 0, count: count), descriptors.narrowed(0, start: count, count: count))
  }

  /// Accuracy of the predicted words, and how many words are in use among predictions and targets.
  private func details(predictions: Tensor, targets: Tensor) -> [(name: String, value: Tensor)] {
    noGrad {
      [
        ("inpaint_accuracy", predictions.isEqual(to: targets).to(.float32).mean()),
        ("token_perplexity", perplexity(targets)),
        ("predicted_perplexity", perplexity(predictions)),
      ]
    }
  }

  private func perplexity(_ words: Tensor) -> Tensor {
    let share = words.bincount(tokenizer.vocabulary).to(.float32) / Double(words.elementCount)
    return (-(share * share.clamped(1e-12).logarithm()).sum()).exponential()
  }

  /// The mean standard deviation of unit descriptors, times √D: about 1 when they spread, 0 when all are alike.
  private func spread(of descriptors: Tensor) -> Tensor {
    let unit = descriptors.detached().to(.float32).normalized(1)
    return unit.variance([0]).squareRoot().mean() * Double(descriptors.shape[1]).squareRoot()
  }
}
