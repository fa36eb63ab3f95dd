public import ImageCoding
public import Torch
public import Training
public import VisionModels

/// Makes of a loader's images what a ``Classifier`` learns from: normalised, erased, mixed, cut into patches, with targets.
///
/// In timm's order: an erased rectangle's noise is mixed with the rest.
public struct BatchPreparation {
  /// A batch ready for the network.
  public struct Input {
    /// Normalised pixels, `[B, n, C · p · p]`.
    public let patches: Tensor
    /// A distribution over the classes for each image, `[B, K]`.
    public let targets: Tensor
  }

  private let patchifier: Patchifier
  private let patchCount: Int
  private let classCount: Int
  private let mixing: BatchMixing
  private let erasing: RandomErasing
  /// Factors and summands that take a value of 0 to 255 to its normalised value, `[C]`.
  private let scale: Tensor
  private let shift: Tensor

  /// Prepares batches for an encoder's shape on a device.
  public init(
    encoder: VisionTransformer.Config, classCount: Int, normalization: PixelNormalization, mixing: BatchMixing,
    erasing: RandomErasing, device: Device
  ) {
    patchifier = Patchifier(
      grid: encoder.grid, patchSize: encoder.patchSize, normalization: normalization, device: device)
    patchCount = encoder.grid.count
    self.classCount = classCount
    self.mixing = mixing
    self.erasing = erasing
    let statistics = zip(normalization.mean, normalization.standardDeviation)
    scale = Tensor(normalization.standardDeviation.map { Float(1 / (255 * $0)) }).to(device)
    shift = Tensor(statistics.map { Float(-$0 / $1) }).to(device)
  }

  /// Prepares batches that a classifier from a file is shown.
  public init(evaluating loaded: LoadedClassifier, on device: Device) {
    var mixing = BatchMixing.Config()
    mixing.probability = 0
    var erasing = RandomErasing.Config()
    erasing.probability = 0
    self.init(
      encoder: loaded.classifier.encoder.config, classCount: loaded.classifier.classNames.count,
      normalization: loaded.normalization, mixing: BatchMixing(mixing), erasing: RandomErasing(erasing), device: device)
  }

  /// A training batch.
  ///
  /// - Parameters:
  ///   - images: `[B, H, W, C]` on the device, as the loader has them.
  ///   - labels: `[B]` int64 on the device.
  ///   - context: names the draws.
  public func training(images: Tensor, labels: Tensor, in context: StepContext) -> Input {
    noGrad {
      let shape = images.shape
      // A conversion makes a copy; float32 has none to be made of.
      let values = images.dtype == .float32 ? images.cloned() : images.to(.float32)
      values.multiplyInPlace(scale)
      values.addInPlace(shift)
      var eraser = context.generator(for: .erasing)
      erasing.apply(to: values, using: &eraser)
      var mixer = context.generator(for: .mixing)
      let draw = mixing.draw(height: shape[1], width: shape[2], using: &mixer)
      mixing.apply(draw, to: values)
      return Input(
        patches: patchifier.patches(values).reshaped([shape[0], patchCount, -1]),
        targets: mixing.targets(labels, classCount: classCount, draw: draw))
    }
  }

  /// A batch to be judged: normalised patches `[B, n, C · p · p]` of `[B, H, W, C]` on the device, as the loader has them.
  public func evaluation(images: Tensor) -> Tensor {
    noGrad { patchifier(images) }
  }
}
