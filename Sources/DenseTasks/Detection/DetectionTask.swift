import DurableFiles
public import Foundation
public import ImageLoading
import Torch
public import TorchNN
public import TorchOptim
public import Training
import VisionModels

/// Training of a Mask R-CNN as a task of the `Trainer`.
public final class DetectionTask: TrainingTask {
  /// The network with its classes.
  public let detector: Detector
  /// What is trained.
  public var model: Module { detector.network }

  private let layerDecay: Double
  private let evaluation: PeriodicEvaluation<DetectionEvaluation.Result>?

  /// - Parameters:
  ///   - detector: on the device already.
  ///   - layerDecay: multiplies the learning rate from layer to layer of the encoder, towards the first.
  ///   - evaluation: of the detector; nil where nothing is held out.
  public init(
    detector: Detector, layerDecay: Double = 1, evaluation: PeriodicEvaluation<DetectionEvaluation.Result>? = nil
  ) {
    self.detector = detector
    self.layerDecay = layerDecay
    self.evaluation = evaluation
  }

  private var encoder: VisionTransformer.Config { detector.network.backbone.encoder.config }

  /// mmdetection's groups, by layer.
  public func parameterGroups(weightDecay: Double) -> [AdamW.Group] {
    LayerwiseDecay.groups(
      detector.network, encoder: DenseBackbone.encoderKey, depth: encoder.blockCount, decay: layerDecay,
      weightDecay: weightDecay, rule: .allButNorms)
  }

  /// The sum of Mask R-CNN's losses.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    guard let frames = batch.frames else { preconditionFailure("detection trains on frames") }
    let images = frames.denseImages(
      on: context.device, patchSize: encoder.patchSize, normalization: detector.normalization)
    let targets = frames.frames.map { frame -> DetectionTarget in
      guard case .objects(let target) = frame.annotation else { preconditionFailure("a frame without objects") }
      return target
    }
    var generator = context.generator(for: .regionSampling)
    let losses = detector.network.losses(
      images, targets: targets,
      depth: context.stochasticDepth(
        rate: encoder.stochasticDepthRate, blocks: encoder.blockCount, sequences: batch.count),
      using: &generator)
    let total = losses.total
    return TaskLoss(
      total: total, terms: ([(name: "loss", value: total)] + losses.terms).map { ($0.name, $0.value.detached()) })
  }

  /// Evaluates the detector.
  public func finishEpoch(in context: StepContext, folder: RunFolder) throws -> [StepMetrics.Value] {
    guard let result = try evaluation?.finishEpoch(in: context, folder: folder) else { return [] }
    let boxes: [StepMetrics.Value] = [
      .init("bbox_ap", 100 * result.boxes.averagePrecision), .init("bbox_ap50", 100 * result.boxes.averagePrecision50),
    ]
    return boxes
      + (result.masks.map {
        [.init("segm_ap", 100 * $0.averagePrecision), .init("segm_ap50", 100 * $0.averagePrecision50)]
      } ?? [])
  }

  /// What the detector finds on the first images of a batch.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] {
    guard let frames = batch.frames else { return [] }
    let images = frames.denseImages(
      on: context.device, patchSize: encoder.patchSize, normalization: detector.normalization)
    let found = autocast(context.precision, on: context.device) { detector.network(images) }
    let picture = DetectionPicture(classNames: detector.classNames)
    return [
      TrainingPicture(
        name: "detections",
        image: PictureRow.joined(
          zip(frames.images().prefix(PictureRow.count), found).map { picture.draw($1, on: $0) }),
        caption: detector.normalization.captioned(""))
    ]
  }

  /// The detector's.
  public func weightsMetadata() throws -> [String: String] { try detector.metadata() }

  /// Writes the detector of the last update.
  public func export(to folder: RunFolder) throws {
    try detector.write(to: folder.detector)
  }
}

extension RunFolder {
  /// What the last evaluation found: COCO's twelve numbers of boxes and masks.
  public var detection: URL { url.appendingPathComponent(RunFolder.detectionName) }
  /// The name of ``detection``.
  package static let detectionName = "detection.json"
}
