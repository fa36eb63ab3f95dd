public import ImageCoding
public import ImageLoading
import SplitMaskCore
import Torch
public import TorchNN
public import TorchOptim
public import Training
public import VisionModels

/// MAE pretraining as a task of the `Trainer`.
public final class MAETask: EncoderTask {
  /// The computation.
  public let computation: MAEStep

  /// What the columns of the pictures show, from left to right.
  public static let pictureColumns = ["the image", "what the encoder saw", "what the decoder painted"]

  /// Of the encoder's pixels.
  public let normalization: PixelNormalization

  /// Encoder and decoder.
  public var model: Module { computation.model }

  /// The encoder that is trained.
  public var encoder: VisionTransformer { computation.model.encoder }

  /// - Parameters:
  ///   - computation: the step to train with.
  ///   - normalization: of the encoder's pixels, for its files.
  public init(computation: MAEStep, normalization: PixelNormalization) {
    self.computation = computation
    self.normalization = normalization
  }

  /// Vectors and biases do not decay, everything else does, the class token too (facebookresearch/mae, main_pretrain.py, with
  /// timm's `add_weight_decay`).
  public func parameterGroups(weightDecay: Double) -> [AdamW.Group] {
    let trained = model.namedParameters.filter { $0.parameter.value.requiresGradient }
    return [
      AdamW.Group(parameters: trained.filter { $0.parameter.value.rank > 1 }, weightDecay: weightDecay),
      AdamW.Group(parameters: trained.filter { $0.parameter.value.rank <= 1 }, weightDecay: 0),
    ]
  }

  /// The squared error of the hidden patches' pixels.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    computation.loss(prepare(batch, in: context))
  }

  /// Rows of image, what the encoder saw, what the decoder painted.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] {
    let input = prepare(batch, in: context)
    let look = ReconstructionSheet.Look(branch: 0, of: input.split, patches: computation.painted(input))
    return ReconstructionSheet(patchifier: computation.patchifier, patches: input.patches, looks: [look]).pictures(
      columns: MAETask.pictureColumns, caption: ReconstructionSheet.pixelCaption, normalization: normalization)
  }

  /// Cuts a batch into patches; what is seen depends on the seed, the epoch and the image, not on its place in the batch.
  private func prepare(_ batch: HostBatch, in context: StepContext) -> MAEStep.Input {
    let patchCount = computation.patchifier.grid.count
    let seenCount = computation.config.seenCount(of: patchCount)
    let seen = batch.indices.map { index in
      var generator = SeededGenerator(seed: context.seed, epoch: context.epoch, index: index, purpose: .mask)
      return Array(0..<patchCount).sample(seenCount, using: &generator).sorted()
    }
    return computation.prepare(images: batch.images(on: context.device).encoder, seen: seen)
  }
}
