public import ImageCoding
public import ImageLoading
import SplitMaskCore
import Torch
public import TorchNN
public import Training
public import VisionModels

/// BEiT pretraining as a task of the `Trainer`.
public final class BEiTTask: EncoderTask {
  /// The computation.
  public let computation: BEiTStep

  /// What the columns of the pictures show, from left to right.
  public static let pictureColumns = ["the image", "what the encoder saw", "what it inpainted"]

  private let masks: BEiTMaskGenerator
  /// Of the encoder's pixels.
  public let normalization: PixelNormalization

  /// Encoder, mask token and vocabulary.
  public var model: Module { computation.model }

  /// The encoder that is trained.
  public var encoder: VisionTransformer { computation.model.encoder }

  /// - Parameters:
  ///   - computation: the step to train with.
  ///   - masks: what is hidden.
  ///   - normalization: of the encoder's pixels, for its files.
  public init(
    computation: BEiTStep, masks: BEiTMaskGenerator, normalization: PixelNormalization
  ) {
    self.computation = computation
    self.masks = masks
    self.normalization = normalization
  }

  /// The cross-entropy of the hidden patches' words.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    let encoder = computation.model.encoder.config
    let depth = context.stochasticDepth(
      rate: encoder.stochasticDepthRate, blocks: encoder.blockCount, sequences: batch.count)
    return computation.loss(
      prepare(batch, masks: masks(of: batch, in: context), in: context), depth: depth, precision: context.precision,
      detailed: context.isLogged, processes: context.processes)
  }

  /// Rows of image, what the encoder saw, what it inpainted.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] {
    let masks = masks(of: batch, in: context)
    let input = prepare(batch, masks: masks, in: context)
    let patchifier = computation.reader.patchifier
    let look = ReconstructionSheet.Look(
      seen: masks.map { hidden in (0..<patchifier.grid.count).filter { !hidden.contains($0) } }, made: masks,
      patches: computation.tokenizer.wordPatches(computation.predictedWords(input)))
    return ReconstructionSheet(patchifier: patchifier, patches: input.patches, looks: [look]).pictures(
      columns: BEiTTask.pictureColumns, caption: ReconstructionSheet.wordCaption, normalization: normalization)
  }

  private func prepare(_ batch: HostBatch, masks: [[Int]], in context: StepContext) -> BEiTStep.Input {
    let images = batch.images(on: context.device)
    return computation.prepare(
      images: images.encoder, tokenizerImages: images.tokenizer, masks: masks, timed: context.isLogged)
  }

  /// The hidden patches of each image: they depend on the seed, the epoch and the image, not on its place in the batch.
  private func masks(of batch: HostBatch, in context: StepContext) -> [[Int]] {
    batch.indices.map { index in
      var generator = SeededGenerator(seed: context.seed, epoch: context.epoch, index: index, purpose: .mask)
      return masks.masked(using: &generator)
    }
  }
}
