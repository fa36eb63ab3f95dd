public import ImageData
public import Torch
public import TorchNN

/// What a method has to say to be trained: its network, the loss of a batch, and what to show and to keep.
///
/// Everything else (data, updates, checkpoints, logs) is the ``Trainer``'s.
public protocol TrainingTask: AnyObject {
  /// Every parameter that is trained or saved.
  var model: Module { get }

  /// The loss of a batch, with its history.
  func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss

  /// Pictures of what the model makes of a batch; named, as PNG files.
  func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture]

  /// Writes what others take away, such as the encoder, into the run folder.
  func export(to folder: RunFolder) throws
}

/// A loss and its parts.
public struct TaskLoss {
  /// What is minimised, a scalar.
  public let total: Tensor
  /// Named scalars to log, without history; means over a logging interval are shown.
  public let terms: [(name: String, value: Tensor)]

  /// A loss with its parts.
  public init(total: Tensor, terms: [(name: String, value: Tensor)]) {
    self.total = total
    self.terms = terms
  }
}

/// Where in a run a batch is, and how to compute.
public struct StepContext: Sendable {
  /// The run's seed, from which every draw is derived.
  public let seed: UInt64
  /// The update, counted from 0.
  public let step: Int
  /// The pass over the data.
  public let epoch: Int
  /// Which of the batches of an update that is accumulated.
  public let microStep: Int
  /// Where to compute.
  public let device: Device
  /// The type of matrix products under autocast; nil is float32.
  public let precision: DType?
  /// Whether figures that cost time are wanted, since this step is logged.
  public let isLogged: Bool

  /// A place in a run.
  public init(
    seed: UInt64, step: Int, epoch: Int, microStep: Int = 0, device: Device, precision: DType? = nil,
    isLogged: Bool = false
  ) {
    self.seed = seed
    self.step = step
    self.epoch = epoch
    self.microStep = microStep
    self.device = device
    self.precision = precision
    self.isLogged = isLogged
  }
}

/// A picture for the run folder and TensorBoard.
public struct TrainingPicture: Sendable {
  /// What it shows; part of the file's name.
  public let name: String
  /// Pixels.
  public let image: PixelImage

  /// A named picture.
  public init(name: String, image: PixelImage) {
    self.name = name
    self.image = image
  }
}
