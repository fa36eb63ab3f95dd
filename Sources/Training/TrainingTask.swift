public import ImageCoding
public import ImageLoading
public import SplitMaskCore
public import Torch
public import TorchNN
public import TorchOptim

/// What a method has to say to be trained: its network, the loss of a batch, and what to show and to keep.
///
/// Everything else (data, updates, checkpoints, logs) is the ``Trainer``'s.
public protocol TrainingTask: AnyObject {
  /// Every parameter that is trained.
  var model: Module { get }

  /// What checkpoints keep besides the model, though the trainer does not train it: a teacher, a probe. None by default.
  var auxiliary: Module? { get }

  /// The parameters to train, by what weight decay and rate they get; by default as ``WeightDecayRule`` says.
  ///
  /// - Parameter weightDecay: of the parameters that decay.
  func parameterGroups(weightDecay: Double) -> [AdamW.Group]

  /// The loss of a batch, with its history.
  func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss

  /// Called between the backward pass and clipping, to drop gradients for instance. Does nothing by default.
  func willUpdate(in context: StepContext)

  /// Called after the update, to move a teacher for instance. Does nothing by default.
  ///
  /// - Parameters:
  ///   - context: seed, step and device of the update.
  ///   - skip: 1 on the device when the update was left out because something was not finite, else 0.
  func didUpdate(in context: StepContext, skip: Tensor)

  /// Called after the last update of every epoch and of the run, by all processes; gives numbers to log. Files are the
  /// first process's to write. Gives none by default.
  func finishEpoch(in context: StepContext, folder: RunFolder) throws -> [StepMetrics.Value]

  /// What is measured rarely, because it takes a while: before the first update, and at every fifth of the run. Asked of the
  /// first process alone. None by default.
  func observations(in context: StepContext) throws -> [StepMetrics.Value]

  /// Pictures of what the model makes of a few images; named, as PNG files. Asked of the first process alone.
  func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture]

  /// What the files of a checkpoint say of the network in them, so that they can be used as what ``export(to:)`` writes; each
  /// value is JSON. Nothing by default.
  func weightsMetadata() throws -> [String: String]

  /// Writes what others take away, such as the encoder, into the run folder. Asked of the first process alone.
  func export(to folder: RunFolder) throws
}

extension TrainingTask {
  /// Nothing.
  public var auxiliary: Module? { nil }

  /// Nothing.
  public func weightsMetadata() throws -> [String: String] { [:] }

  /// All but vectors, biases, positions and class token decay.
  public func parameterGroups(weightDecay: Double) -> [AdamW.Group] {
    WeightDecayRule.matrices.groups(model, weightDecay: weightDecay)
  }

  /// Nothing to do.
  public func willUpdate(in context: StepContext) {}

  /// Nothing to do.
  public func didUpdate(in context: StepContext, skip: Tensor) {}

  /// Nothing is measured.
  public func observations(in context: StepContext) throws -> [StepMetrics.Value] { [] }

  /// Nothing to log.
  public func finishEpoch(in context: StepContext, folder: RunFolder) throws -> [StepMetrics.Value] { [] }
}

/// A loss and its parts.
public struct TaskLoss {
  /// What is minimised, a scalar.
  public let total: Tensor
  /// Named scalars to log, without history; means over a logging interval are shown.
  public let terms: [(name: String, value: Tensor)]
  /// What the encoder made of the images; nil where a method does not show it.
  public let encoded: EncodedTokens?

  /// A loss with its parts.
  public init(total: Tensor, terms: [(name: String, value: Tensor)], encoded: EncodedTokens? = nil) {
    self.total = total
    self.terms = terms
    self.encoded = encoded
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
  /// Updates of one pass over the data.
  public let stepsPerEpoch: Int
  /// Updates of the whole run.
  public let totalSteps: Int
  /// Which of the batches of an update that is accumulated.
  public let microStep: Int
  /// Where to compute.
  public let device: Device
  /// Who computes beside this process, each its share of the batch.
  public let processes: ProcessGroup
  /// The type of matrix products under autocast; nil is float32.
  public let precision: DType?
  /// Whether figures that cost time are wanted, since this step is logged.
  public let isLogged: Bool

  /// A place in a run.
  public init(
    seed: UInt64, step: Int, epoch: Int, stepsPerEpoch: Int = 1, totalSteps: Int = 1, microStep: Int = 0,
    device: Device, precision: DType? = nil, isLogged: Bool = false, processes: ProcessGroup
  ) {
    self.seed = seed
    self.step = step
    self.epoch = epoch
    self.stepsPerEpoch = stepsPerEpoch
    self.totalSteps = totalSteps
    self.microStep = microStep
    self.device = device
    self.precision = precision
    self.isLogged = isLogged
    self.processes = processes
  }
}

extension StepContext {
  /// Where the draws of this process's batch come from, the same whenever the batch is made again.
  public func generator(for purpose: SeededGenerator.Purpose) -> SeededGenerator {
    SeededGenerator(seed: seed, epoch: microStep * processes.size + processes.rank, index: step, purpose: purpose)
  }
}

/// A picture for the run folder and TensorBoard.
public struct TrainingPicture: Sendable {
  /// How many images of a batch pictures are made of, at most.
  static let imageCount = 8

  /// What it shows; part of the file's name.
  public let name: String
  /// Pixels, without words.
  public let image: PixelImage
  /// What its equally wide columns show, from left to right; empty where it has none.
  public let columns: [String]
  /// How to read it, in a sentence or two; may be empty.
  public let caption: String

  /// A named picture.
  public init(name: String, image: PixelImage, columns: [String] = [], caption: String = "") {
    self.name = name
    self.image = image
    self.columns = columns
    self.caption = caption
  }

  /// The picture with its headings and its caption.
  var captioned: PixelImage { CaptionedImage.draw(image, columns: columns, caption: caption) }
}
