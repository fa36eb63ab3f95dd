public import DenseAnnotations
import DenseTasks
import Evaluation
import Foundation
import ImageCoding
public import ImageData
public import ImageLoading
import SplitMaskCore
public import Torch
public import Training
import VisionModels

/// The training of a segmenter.
public typealias SegmentationRun = TrainingRun<SegmenterTraining>

/// Training a UPerNet around an encoder on label maps.
public struct SegmenterTraining: TrainingRecipe {
  /// Images with label maps.
  public typealias Data = SplitData<ADEFolder>

  /// What the segmenter reached on the test images.
  public typealias Result = SegmentationMetrics.Result

  /// Every setting, none of them automatic any more.
  public let config: SegmentationConfig
  /// Length, rates, logs and checkpoints.
  public let training: Trainer.ResolvedConfig
  /// The images with label maps that are learned from.
  public let trainingSet: ADEFolder
  /// What is evaluated; nil where nothing is held out.
  public let testSet: ADEFolder?
  /// What the plan says besides its numbers.
  public let notes: [String]

  private let device: Device
  private let origin: EncoderOrigin
  /// How pixels are seen.
  private var pixels: PixelNormalization { origin.pixels }

  /// Lists the images and counts the classes of their label maps.
  ///
  /// - Throws: `DatasetError`.
  public static func data(of asked: SegmentationConfig) throws -> Data {
    let (data, folder) = (asked.data, URL(filePath: asked.data.folder))
    let files = try asked.pixels.channelFiles(of: asked.encoder, asked.model, seed: asked.seed)
    func part(_ split: String) throws -> ADEFolder {
      try ADEFolder(
        folder, split: split, classList: data.classList.map { URL(filePath: $0) },
        labelMap: data.labelMap ?? .oneBased, channelFiles: files, strict: data.strict)
    }
    let training = try part(data.split)
    let test = try data.testSplit.map(part)
    let survey = try training.survey()
    try training.checkLearnable(survey, isMappingGiven: data.labelMap != nil)
    if let test { try test.checkMeasurable(test.survey()) }
    return Data(training: training, test: test, notes: notes(survey, training: training, test: test, config: asked))
  }

  /// Reads the encoder and resolves every setting.
  ///
  /// - Throws: `InvalidSetting`; as `EncoderSource.load`.
  public init(_ asked: SegmentationConfig, data: Data, device: Device, processes: ProcessGroup) throws {
    (trainingSet, testSet, self.device) = (data.training, data.test, device)
    let source = try EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed)
    origin = try EncoderOrigin(
      source, hints: .init(of: asked.model), seeing: trainingSet.imageFiles(), as: asked.pixels,
      resolved: asked.normalization)
    let encoder = try origin.load()
    try DenseBackbone.validate(encoder.encoder.config)
    var asked = asked
    asked.model = encoder.encoder.config
    if origin.pixels.format != nil { asked.normalization = origin.pixels }
    asked.segmenter.classCount = trainingSet.classNames.count
    let resolved = asked.resolved(imageCount: trainingSet.pairs.count, device: device, processes: processes)
    (config, training) = (resolved.config, resolved.training)
    notes = origin.notes + encoder.notes + data.notes
  }

  /// The images that are learned from.
  public var images: ImageDataset { trainingSet.imageFiles() }

  /// The images that are evaluated; nil where nothing is held out.
  public var testImages: ImageDataset? { testSet?.imageFiles() }

  /// The network in a line.
  public var summary: String { config.summary }

  /// A loader of random parts of the images.
  public func loader(for member: ProcessGroup) throws -> DataLoader {
    try DataLoader(
      dataset: images, batchSize: training.batchSize,
      frames: SegmentationFrames(trainingSet, augmentation: config.augmentation), pixels: pixels, isTraining: true,
      seed: config.seed, workers: member.workers(config.data.workers), share: member.batchShare)
  }

  /// A UPerNet around the encoder.
  public func task(
    _ request: TaskRequest
  ) throws -> (task: any TrainingTask, evaluation: PeriodicEvaluation<Result>?) {
    let encoder = try origin.load()
    var generator = SeededGenerator(seed: config.seed, index: 1, purpose: .initialization)
    let network = try UPerNet(encoder.encoder, config: config.segmenter, using: &generator)
    network.move(to: device)
    let segmenter = Segmenter(
      network: network, classNames: trainingSet.classNames, normalization: pixels,
      view: config.evaluation, labelMap: trainingSet.labelMap)
    let evaluation = try testSet.map { try self.evaluation(of: segmenter, on: $0, member: request.member) }
    let task = SegmentationTask(
      segmenter: segmenter, layerDecay: config.layerDecay, cropSize: config.augmentation.cropSize,
      evaluation: evaluation)
    return (task, evaluation)
  }

  private func evaluation(
    of segmenter: Segmenter, on folder: ADEFolder, member: ProcessGroup
  ) throws -> PeriodicEvaluation<Result> {
    let evaluation = try SegmentationEvaluation(
      of: folder.imageFiles(), pixels: pixels, config: config.evaluation, workers: member.workers(config.data.workers),
      device: device, precision: training.precision.autocastType, share: member.batchShare)
    return PeriodicEvaluation(everyEpochs: config.evaluation.everyEpochs, fileName: RunFolder.segmentationName) {
      try evaluation.measure(segmenter, folder: folder, processes: $0)
    }
  }

  /// How a run is timed: on smaller parts of images where its own take long.
  public var cost: RunCost<SegmenterTraining>? {
    var cost = RunCost<SegmenterTraining>(
      settings: config.costSettings, multiplyAdds: { config.multiplyAddsPerImage(scale: $0) },
      sample: { batchSize, scale in
        var config = config
        config.training.limit(toBatches: batchSize)
        config.augmentation = config.augmentation.scaled(scale)
        return (config, Data(training: trainingSet, test: nil, notes: []))
      })
    // Batch normalisation takes two images or more.
    cost.smallestShare = training.replicas == 1 ? 2 : 1
    cost.scales = DenseWork.scales
    cost.evaluation = config.evaluationCost(images: testSet?.pairs.count ?? 0)
    cost.exportedNetworks = 1
    return cost
  }

  private static func notes(
    _ survey: LabelSurvey, training: ADEFolder, test: ADEFolder?, config: SegmentationConfig
  ) -> [String] {
    var notes = config.presetNotes + ["\(training.classNames.count) classes"]
    if let mapping = config.data.labelMap { notes.append("values of the label maps: \(mapping)") }
    if !survey.isComplete {
      notes.append("classes were counted in \(survey.mapCount) of \(survey.totalCount) label maps")
    }
    notes += ClassCounts(training.classNames, survey.maps, of: "label maps").notes
    if !training.report.isEmpty { notes.append("left out: \(training.report)") }
    notes += training.imageFiles().notes
    if test == nil { notes.append("no split to be judged by was named") }
    return notes
  }
}
