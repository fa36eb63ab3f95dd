import DurableFiles
public import Foundation
public import ImageCoding
public import ImageLoading
import Torch
public import TorchNN
public import TorchOptim
public import Training
import VisionModels

/// Supervised training of a classifier as a task of the `Trainer`: fine-tuning, and training from scratch.
public final class ClassificationTask: TrainingTask {
  /// The accuracy of the best epoch so far, which a resumed run must know.
  private final class Record: Module {
    let bestTop1: Parameter
    override init() {
      bestTop1 = Parameter(Tensor.full([1], -1))
      super.init()
      setRequiresGradient(false)
    }
  }

  /// The network.
  public let classifier: Classifier
  /// Its first weights, its classes and best accuracy.
  public var model: Module { classifier }
  /// The best accuracy so far.
  public var auxiliary: Module? { record }

  private let record = Record()
  private let preparation: BatchPreparation
  private let normalization: PixelNormalization
  private let layerDecay: Double
  private let evaluation: PeriodicEvaluation<ClassificationMetrics.Result>?
  private let writesEncoder: Bool

  /// - Parameters:
  ///   - classifier: on the device already.
  ///   - preparation: makes batches of the loader's bytes.
  ///   - normalization: of the encoder's pixels, for the files.
  ///   - layerDecay: multiplies the learning rate from layer to layer, towards the first (`LayerwiseDecay`).
  ///   - evaluation: of the classifier; nil where nothing is held out.
  ///   - writesEncoder: whether the encoder is written too, as a run of pretraining does.
  public init(
    classifier: Classifier, preparation: BatchPreparation, normalization: PixelNormalization,
    layerDecay: Double = 1, evaluation: PeriodicEvaluation<ClassificationMetrics.Result>? = nil,
    writesEncoder: Bool = false
  ) {
    self.classifier = classifier
    self.preparation = preparation
    self.normalization = normalization
    self.layerDecay = layerDecay
    self.evaluation = evaluation
    self.writesEncoder = writesEncoder
  }

  /// Grouped by layer, each with its own rate.
  public func parameterGroups(weightDecay: Double) -> [AdamW.Group] {
    LayerwiseDecay.groups(
      classifier, depth: classifier.encoder.config.blockCount, decay: layerDecay, weightDecay: weightDecay)
  }

  /// The cross-entropy with mixed and smoothed labels.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    let labels = batch.labelTensor(on: context.device)
    let input = preparation.training(
      images: batch.views[0].tensor(on: context.device), labels: labels, in: context)
    let encoder = classifier.encoder.config
    let depth = context.stochasticDepth(
      rate: encoder.stochasticDepthRate, blocks: encoder.blockCount, sequences: batch.count)
    let logits = classifier(input.patches, depth: depth)
    let loss = SoftTargetCrossEntropy.loss(logits, targets: input.targets)
    return TaskLoss(total: loss, terms: [("loss", loss.detached())])
  }

  /// Evaluates the classifier and keeps it where it is the best so far.
  public func finishEpoch(in context: StepContext, folder: RunFolder) throws -> [StepMetrics.Value] {
    guard let result = try evaluation?.finishEpoch(in: context, folder: folder) else { return [] }
    if result.top1 > record.bestTop1.value.item() {
      record.bestTop1.assign(Tensor([Float(result.top1)]))
      if context.processes.isFirst {
        try ClassifierFile.write(classifier, normalization: normalization, to: folder.bestClassifier)
      }
    }
    return [
      .init("top1", result.top1), .init("top5", result.top5),
      .init("best_top1", record.bestTop1.value.item()),
    ]
  }

  /// Nothing to show.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] { [] }

  /// The classifier's.
  public func weightsMetadata() throws -> [String: String] {
    try ClassifierFile.metadata(of: classifier, normalization: normalization)
  }

  /// Writes the classifier of the last update, and the encoder where it is to be taken away alone.
  public func export(to folder: RunFolder) throws {
    try ClassifierFile.write(classifier, normalization: normalization, to: folder.classifier)
    if writesEncoder { try EncoderFile.write(classifier.encoder, normalization: normalization, to: folder.encoder) }
  }
}

extension RunFolder {
  /// The classifier of the epoch with the best accuracy on the test images.
  package var bestClassifier: URL { url.appendingPathComponent("best-classifier.safetensors") }
  /// What the last evaluation found, with every class's accuracy and the confusions.
  public var classification: URL { url.appendingPathComponent(RunFolder.classificationName) }
  /// The name of ``classification``.
  package static let classificationName = "classification.json"
}
