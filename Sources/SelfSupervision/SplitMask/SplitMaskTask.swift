public import ImageCoding
public import ImageLoading
import SplitMaskCore
import Torch
public import TorchNN
public import Training
public import VisionModels

/// SplitMask pretraining as a task of the `Trainer`.
public final class SplitMaskTask: EncoderTask {
  /// The computation.
  public let computation: SplitMaskStep

  private let masks: any PatchSplitGenerator
  /// Of the encoder's pixels.
  public let normalization: PixelNormalization

  /// Encoder, decoder and projection.
  public var model: Module { computation.model }

  /// The encoder that is trained.
  public var encoder: VisionTransformer { computation.model.encoder }

  /// - Parameters:
  ///   - computation: the step to train with.
  ///   - masks: which patches each branch sees.
  ///   - normalization: of the encoder's pixels, for its files.
  public init(
    computation: SplitMaskStep, masks: any PatchSplitGenerator,
    normalization: PixelNormalization
  ) {
    self.computation = computation
    self.masks = masks
    self.normalization = normalization
  }

  /// Inpainting plus matching, in the paper's sum.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    let input = prepare(batch, in: context)
    let encoder = computation.model.encoder.config
    let depth = context.stochasticDepth(
      rate: encoder.stochasticDepthRate, blocks: encoder.blockCount, sequences: input.split.sequenceCount)
    return computation.loss(
      input, depth: depth, precision: context.precision, detailed: context.isLogged, processes: context.processes)
  }

  /// Cuts a batch into patches with this step's masks and looks up the words.
  public func prepare(_ batch: HostBatch, in context: StepContext) -> SplitMaskStep.Input {
    let images = batch.images(on: context.device)
    return computation.prepare(
      images: images.encoder, tokenizerImages: images.tokenizer, split: split(batch.indices, in: context),
      timed: context.isLogged)
  }

  /// The masks of a batch: they depend on the seed, the epoch and the image, not on its place in the batch.
  func split(_ indices: [Int], in context: StepContext) -> BatchSplit {
    let images = indices.map { index -> BatchSplit.Branches in
      var generator = SeededGenerator(seed: context.seed, epoch: context.epoch, index: index, purpose: .mask)
      let drawn = masks.split(using: &generator)
      return computation.config.split ? [drawn.a, drawn.b] : [drawn.a]
    }
    return BatchSplit(images, patchCount: computation.patchifier.grid.count, device: context.device)
  }
}
