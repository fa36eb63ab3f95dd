public import ImageCoding
public import ImageLoading
public import Torch
public import TorchNN
public import TorchOptim
public import Training
public import VisionModels

/// DINO pretraining as a task of the `Trainer`.
public final class DINOTask: EncoderTask {
  /// The computation.
  public let computation: DINOStep

  /// Of the encoder's pixels.
  public let normalization: PixelNormalization

  /// The student.
  public var model: Module { computation.student }

  /// The teacher's encoder, which is what DINO evaluates.
  public var encoder: VisionTransformer { computation.teacher.network.encoder }

  /// Teacher and centre, which go with the checkpoints.
  public var auxiliary: Module? { computation.teacher }

  /// - Parameters:
  ///   - computation: the step to train with.
  ///   - normalization: written into the encoder's file.
  public init(computation: DINOStep, normalization: PixelNormalization) {
    self.computation = computation
    self.normalization = normalization
  }

  /// The mean cross-entropy over pairs of crops.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    computation.loss(
      batch.views.map { $0.tensor(on: context.device) },
      teacherTemperature: computation.config.teacherTemperature(epoch: context.epoch),
      depth: stochasticDepth(batch, in: context), detailed: context.isLogged)
  }

  /// The last layer rests in the first passes over the data.
  public func willUpdate(in context: StepContext) {
    if context.epoch < computation.config.frozenLastLayerEpochs { computation.dropLastLayerGradients() }
  }

  /// Teacher and centre follow, along a cosine more and more slowly.
  public func didUpdate(in context: StepContext, skip: Tensor) {
    let momentum = LearningRateSchedule(
      peak: computation.config.teacherMomentum, minimum: 1, warmupSteps: 0, totalSteps: context.totalSteps)
    computation.follow(momentum: momentum(context.step), skip: skip, processes: context.processes)
  }

  /// Vectors and biases do not decay, everything else does, positions and class token too (facebookresearch/dino,
  /// utils.py). The last layer is a group of its own, since it rests at first.
  public func parameterGroups(weightDecay: Double) -> [AdamW.Group] {
    let trained = model.namedParameters.filter { $0.parameter.value.requiresGradient }
    let last = Set(computation.student.head.lastLayer.parameters.map(ObjectIdentifier.init))
    let body = trained.filter { !last.contains(ObjectIdentifier($0.parameter)) }
    return [
      AdamW.Group(parameters: body.filter { $0.parameter.value.rank > 1 }, weightDecay: weightDecay),
      AdamW.Group(parameters: body.filter { $0.parameter.value.rank <= 1 }, weightDecay: 0),
      AdamW.Group(
        parameters: trained.filter { last.contains(ObjectIdentifier($0.parameter)) }, weightDecay: weightDecay),
    ]
  }

  /// The branches that the student leaves out, of global and local crops.
  private func stochasticDepth(_ batch: HostBatch, in context: StepContext) -> [StochasticDepth?] {
    let encoder = computation.student.encoder.config
    var generator = context.generator(for: .stochasticDepth)
    return [DINOLoss.globalCount, batch.views.count - DINOLoss.globalCount].map { count in
      StochasticDepth.draw(
        rate: encoder.stochasticDepthRate, depth: encoder.blockCount, sequences: count * batch.count,
        device: context.device, using: &generator)
    }
  }
}

extension DINOTask {
  private static let gap = 2

  /// The crops of the first images, an image a row.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] {
    let rows = batch.count
    let gap = DINOTask.gap
    let rowHeight = (batch.views.map(\.height).max() ?? 0) + gap
    let width = batch.views.reduce(-gap) { $0 + $1.width + gap }
    let height = rows * rowHeight - gap
    var canvas = Canvas(width: width, height: height, color: Canvas.Color(255, 255, 255))
    var left = 0
    for view in batch.views {
      for row in 0..<rows {
        canvas.draw(view.picture(of: row), left: left, top: row * rowHeight)
      }
      left += view.width + gap
    }
    return [TrainingPicture(name: "crops", image: canvas.image, caption: normalization.captioned(""))]
  }
}
