public import ImageData
import Torch
public import TorchNN
public import Training
import VisionModels

/// SplitMask pretraining as a task of the ``Trainer``.
public final class SplitMaskTask: TrainingTask {
  /// The computation.
  public let computation: SplitMaskStep

  private let masks: any PatchSplitGenerator
  private let exporter: (SplitMaskModel, RunFolder) throws -> Void

  /// Encoder, decoder and projection.
  public var model: Module { computation.model }

  /// - Parameters:
  ///   - masks: who sees what.
  ///   - exporter: writes the encoder into the run folder.
  public init(
    computation: SplitMaskStep, masks: any PatchSplitGenerator,
    exporter: @escaping (SplitMaskModel, RunFolder) throws -> Void
  ) {
    self.computation = computation
    self.masks = masks
    self.exporter = exporter
  }

  /// Inpainting plus matching, in the paper's sum.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    let input = prepare(batch, in: context)
    return computation.loss(
      input, depth: stochasticDepth(sequences: input.split.observed.shape[0], in: context),
      precision: context.precision, detailed: context.isLogged)
  }

  /// Cuts a batch into patches with this step's masks and looks up the words.
  public func prepare(_ batch: HostBatch, in context: StepContext) -> SplitMaskStep.Input {
    let images = batch.views[0].tensor(on: context.device)
    let tokenizerImages = batch.views.count > 1 ? batch.views[1].tensor(on: context.device) : images
    return computation.prepare(
      images: images, tokenizerImages: tokenizerImages, split: split(batch.indices, in: context))
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

  private func stochasticDepth(sequences: Int, in context: StepContext) -> StochasticDepth? {
    let encoder = computation.model.encoder.config
    var generator = SeededGenerator(
      seed: context.seed, epoch: context.microStep, index: context.step, purpose: .stochasticDepth)
    return StochasticDepth.draw(
      rate: encoder.stochasticDepthRate, depth: encoder.blockCount, sequences: sequences, device: context.device,
      using: &generator)
  }

  /// Writes the encoder.
  public func export(to folder: RunFolder) throws {
    try exporter(computation.model, folder)
  }
}
