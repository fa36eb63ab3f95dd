public import ImageCoding
public import Torch
import TorchNN
public import Training
import VisionModels

/// MAE's loss of a batch of bytes.
public final class MAEStep {
  /// Encoder and decoder.
  public let model: MAEModel

  let config: MAE.Config
  let patchifier: Patchifier

  /// A batch on the device, before the network sees it.
  public struct Input {
    /// Patches of all images as the loader has them, `[B · n, C · p · p]`.
    let patches: Tensor
    /// What is seen and what is hidden; one branch.
    let split: BatchSplit
  }

  /// - Parameters:
  ///   - model: on the device already.
  ///   - config: the method's settings.
  ///   - normalization: of the pixels, seen and predicted.
  ///   - device: the device to compute on.
  public init(model: MAEModel, config: MAE.Config, normalization: PixelNormalization, device: Device) {
    self.model = model
    self.config = config
    let encoder = model.encoder.config
    patchifier = Patchifier(
      grid: encoder.grid, patchSize: encoder.patchSize, normalization: normalization, device: device)
  }

  /// Cuts a batch into patches.
  ///
  /// - Parameters:
  ///   - images: `[B, H, W, C]`, as the loader has them, on the device.
  ///   - seen: the seen patches of each image, ascending; as many of every image.
  public func prepare(images: Tensor, seen: [[Int]]) -> Input {
    let split = BatchSplit(seen.map { [$0] }, patchCount: patchifier.grid.count, device: images.device)
    return noGrad { Input(patches: patchifier.patches(images), split: split) }
  }

  /// The mean squared error of the hidden patches' pixels (facebookresearch/mae, models_mae.py).
  public func loss(_ input: Input) -> TaskLoss {
    let targets = noGrad {
      let own = ownStatistics(input)
      return config.normalizedTargets ? (own.pixels - own.mean) / own.deviation : own.pixels
    }
    let output = paint(input)
    let error = output.pixels.to(.float32) - targets
    let loss = (error * error).mean()
    return TaskLoss(
      total: loss, terms: [("loss", loss.detached())],
      encoded: EncodedTokens(output.encoded, prefixCount: model.encoder.prefixCount))
  }

  /// The hidden patches as the network paints them, `[B · m, C · p · p]` of 0 to 255: channel, row, column. Normalised targets
  /// tell neither brightness nor contrast; those are the true patch's.
  func painted(_ input: Input) -> Tensor {
    noGrad {
      var pixels = paint(input).pixels
      if config.normalizedTargets {
        let own = ownStatistics(input)
        pixels = pixels * own.deviation + own.mean
      }
      let channelsFirst = pixels.reshaped([pixels.shape[0], -1, model.encoder.config.channels]).transposed(1, 2)
      return patchifier.denormalized(channelsFirst.reshaped(pixels.shape))
    }
  }

  private func paint(_ input: Input) -> (pixels: Tensor, encoded: Tensor) {
    let sequences = noGrad {
      PatchSequences(
        bytes: input.patches, rows: input.split.observedRows, positions: input.split.observed,
        prefixCount: model.encoder.prefixCount, patchifier: patchifier)
    }
    return model(sequences, split: input.split)
  }

  /// The hidden patches' normalised pixels, `[B · m, p · p · C]`: row, column, channel; with the mean and the standard deviation
  /// of each, `[B · m, 1]`.
  private func ownStatistics(_ input: Input) -> (pixels: Tensor, mean: Tensor, deviation: Tensor) {
    let bytes = input.patches.indexSelect(0, input.split.missingRows.reshaped([-1]))
    let sizes = bytes.shape
    let pixels = patchifier.normalized(bytes).reshaped([sizes[0], model.encoder.config.channels, -1]).transposed(1, 2)
      .reshaped(sizes)
    return (
      pixels, pixels.mean([1], keepingDimensions: true),
      (pixels.variance([1], keepingDimensions: true) + 1e-6).squareRoot()
    )
  }
}
