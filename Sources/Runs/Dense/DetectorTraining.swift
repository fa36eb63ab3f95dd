public import DenseAnnotations
public import DenseTasks
import Evaluation
import Foundation
import ImageCoding
public import ImageData
public import ImageLoading
import SplitMaskCore
public import Torch
public import Training
import VisionModels

/// The training of a detector.
public typealias DetectionRun = TrainingRun<DetectorTraining>

/// Training a Mask R-CNN around an encoder on COCO's annotations.
public struct DetectorTraining: TrainingRecipe {
  /// Annotated images.
  public typealias Data = SplitData<COCODataset>

  /// What the detector reached on the test images.
  public typealias Result = DetectionEvaluation.Result

  /// Every setting, none of them automatic any more.
  public let config: DetectionConfig
  /// Length, rates, logs and checkpoints.
  public let training: Trainer.ResolvedConfig
  /// What is learned from.
  public let trainingSet: COCODataset
  /// What is evaluated; nil where nothing is held out.
  public let testSet: COCODataset?
  /// The images of the training set that are learned from.
  public let images: ImageDataset
  /// The images of the test set.
  public let testImages: ImageDataset?
  /// What the plan says besides its numbers.
  public let notes: [String]

  /// Where ``images`` are in the training set.
  private let indices: [Int]
  private let device: Device
  private let origin: EncoderOrigin
  /// How pixels are seen.
  private var pixels: PixelNormalization { origin.pixels }

  /// Reads the annotations and counts what can be learned.
  ///
  /// - Throws: `DatasetError`.
  public static func data(of asked: DetectionConfig) throws -> Data {
    let data = asked.data
    let training = try COCODataset(
      URL(filePath: data.annotations), imageFolder: URL(filePath: data.images), strict: data.strict)
    let test = try data.testAnnotations.map {
      try COCODataset(URL(filePath: $0), imageFolder: URL(filePath: data.testImages ?? ""), strict: data.strict)
    }
    if let test, test.categories.map(\.name) != training.categories.map(\.name) {
      throw DatasetError("\(test.url.path) has other categories than \(training.url.path)")
    }
    let survey = try DetectionSurvey(
      training, images: training.trainingImages(emptyImages: data.emptyImages), augmentation: asked.augmentation,
      proposals: asked.detector.proposals)
    return Data(training: training, test: test, notes: notes(survey, training: training, test: test, config: asked))
  }

  /// Reads the encoder and resolves every setting.
  ///
  /// - Throws: `InvalidSetting`; as `EncoderSource.load`.
  public init(_ asked: DetectionConfig, data: Data, device: Device, processes: ProcessGroup) throws {
    (trainingSet, testSet, self.device) = (data.training, data.test, device)
    indices = trainingSet.trainingImages(emptyImages: asked.data.emptyImages)
    let files = try asked.pixels.channelFiles(of: asked.encoder, asked.model, seed: asked.seed)
    images = try trainingSet.files(ofImages: indices, in: URL(filePath: asked.data.images), channelFiles: files)
    testImages = try testSet.map {
      try $0.files(
        ofImages: Array($0.images.indices), in: URL(filePath: asked.data.testImages ?? ""), channelFiles: files)
    }
    let source = try EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed)
    origin = try EncoderOrigin(
      source, hints: .init(of: asked.model), seeing: images, as: asked.pixels,
      resolved: asked.normalization)
    let encoder = try origin.load()
    try DenseBackbone.validate(encoder.encoder.config)
    var asked = asked
    asked.model = encoder.encoder.config
    if origin.pixels.format != nil { asked.normalization = origin.pixels }
    asked.detector.classCount = trainingSet.categories.count
    asked.detector.findsMasks = asked.detector.findsMasks && trainingSet.hasMasks
    let resolved = asked.resolved(imageCount: indices.count, device: device, processes: processes)
    (config, training) = (resolved.config, resolved.training)
    notes = origin.notes + encoder.notes + data.notes
  }

  /// The network in a line.
  public var summary: String { config.summary }

  /// A loader of randomly resized images with their objects.
  public func loader(for member: ProcessGroup) throws -> DataLoader {
    try DataLoader(
      dataset: images, batchSize: training.batchSize,
      frames: DetectionFrames(
        trainingSet, images: indices, augmentation: config.augmentation, hasMasks: config.detector.findsMasks,
        patchSize: config.model.patchSize), pixels: pixels, isTraining: true, seed: config.seed,
      workers: member.workers(config.data.workers), share: member.batchShare)
  }

  /// A Mask R-CNN around the encoder.
  public func task(
    _ request: TaskRequest
  ) throws -> (task: any TrainingTask, evaluation: PeriodicEvaluation<Result>?) {
    let encoder = try origin.load()
    var generator = SeededGenerator(seed: config.seed, index: 1, purpose: .initialization)
    let network = try MaskRCNN(encoder.encoder, config: config.detector, using: &generator)
    network.move(to: device)
    let detector = Detector(
      network: network, classNames: trainingSet.categories.map(\.name), normalization: pixels,
      view: config.evaluation.view)
    let evaluation = try evaluation(of: detector, member: request.member)
    return (DetectionTask(detector: detector, layerDecay: config.layerDecay, evaluation: evaluation), evaluation)
  }

  private func evaluation(of detector: Detector, member: ProcessGroup) throws -> PeriodicEvaluation<Result>? {
    guard let testSet, let testImages else { return nil }
    let evaluation = try DetectionEvaluation(
      of: testSet, images: testImages, pixels: pixels, view: config.evaluation.view,
      batchSize: config.evaluation.batchSize,
      workers: member.workers(config.data.workers), device: device,
      precision: training.precision.autocastType, share: member.batchShare)
    return PeriodicEvaluation(everyEpochs: config.evaluation.everyEpochs, fileName: RunFolder.detectionName) {
      let found = try evaluation.detect(detector, processes: $0)
      return try evaluation.judge(found, masks: detector.network.maskHead != nil)
    }
  }

  /// How a run is timed: on images of middling size, or of smaller ones where that takes long.
  public var cost: RunCost<DetectorTraining>? {
    var cost = RunCost<DetectorTraining>(
      settings: config.costSettings, multiplyAdds: { config.multiplyAddsPerImage(scale: $0) },
      sample: { batchSize, scale in
        var config = config
        config.training.limit(toBatches: batchSize)
        config.augmentation = config.augmentation.middling(scale: scale)
        return (config, Data(training: trainingSet, test: nil, notes: []))
      })
    cost.scales = DenseWork.scales
    cost.evaluation = config.evaluationCost(images: testImages?.count ?? 0)
    cost.exportedNetworks = 1
    return cost
  }

  private static func notes(
    _ survey: DetectionSurvey, training: COCODataset, test: COCODataset?, config: DetectionConfig
  ) -> [String] {
    var notes = config.presetNotes + survey.notes
    if !(config.detector.findsMasks && training.hasMasks) { notes.append("boxes without masks") }
    if !training.report.isEmpty { notes.append("left out of \(training.url.path): \(training.report)") }
    if let test, !test.report.isEmpty { notes.append("left out of \(test.url.path): \(test.report)") }
    if test == nil { notes.append("no COCO file to be judged by was given") }
    return notes
  }
}
