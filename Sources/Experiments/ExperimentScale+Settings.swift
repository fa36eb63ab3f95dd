import Comparisons
import Evaluation
import ImageData
import Training

/// What a scale makes of an encoder in the paper's terms.
extension ExperimentScale {
  /// Updates of ImageNet's 300 epochs at a batch of 2,048.
  static let paperUpdates = 300 * (ExperimentDataset.imagenet.imageCount / 2048)
  /// Updates that stand for them: eight passes over CIFAR-10 at a batch of 256.
  static let smallUpdates = 8 * (ExperimentDataset.cifar10.imageCount / 256)
  /// Passes that stand for the paper's 5,000 at most.
  static let smallEpochLimit = 133

  /// The settings of a pretraining run, over the method's own.
  func pretraining(_ encoder: PlannedEncoder) -> [String] {
    let words = encoder.hasDalleInPaper && self == .paper ? ["tokenizer.kind=dall-e"] : []
    return shape(encoder) + ["training.batchSize=\(batchSize(encoder))"] + length(of: encoder)
      + methodSettings(encoder) + words + encoder.settings
  }

  /// The encoder's shape.
  private func shape(_ encoder: PlannedEncoder) -> [String] {
    switch self {
    case .debug where encoder.isBackbone:
      [
        "model.architecture=vit-tiny", "model.width=32", "model.depth=4", "model.headCount=2", "model.imageSize=32",
        "model.patchSize=16",
      ]
    case .small where encoder.isBackbone: ["model.architecture=vit-tiny"]
    case .debug:
      [
        "model.architecture=vit-tiny", "model.width=32", "model.depth=2", "model.headCount=2", "model.imageSize=16",
        "model.patchSize=4",
      ]
    case .small:
      [
        "model.architecture=vit-tiny", "model.width=128", "model.depth=4", "model.headCount=4", "model.imageSize=32",
        "model.patchSize=4",
      ]
    case .paper: ["model.architecture=\(encoder.size.architecture)"]
    }
  }

  /// How long an encoder is pretrained.
  private func length(of encoder: PlannedEncoder) -> [String] {
    switch (self, encoder.length) {
    case (.debug, _): ["training.steps=2", "training.logEvery=1"]
    case (.paper, .published(let epochs)): ["training.epochs=\(epochs ?? encoder.source.epochs ?? 300)"]
    case (.paper, .updates(let count)): ["training.steps=\(count)"]
    case (.paper, .epochs(let paper, _)): ["training.epochs=\(paper)"]
    case (.small, .epochs(_, let small)): ["training.epochs=\(small)"]
    case (.small, .published) where encoder.source == .cars: ["training.epochs=\(ExperimentScale.smallEpochLimit)"]
    case (.small, _): ["training.steps=\(ExperimentScale.smallUpdates)"]
    }
  }

  /// Masks, words, rates and crops.
  private func methodSettings(_ encoder: PlannedEncoder) -> [String] {
    switch self {
    case .debug: return ["tokenizer.vocabulary=64", "splitmask.decoder.depth=1", "regime=standard", "data.workers=0"]
    case .small where encoder.isBackbone:
      return encoder.method == .dino || encoder.method == .supervised ? [] : ["training.learningRate=5e-4"]
    case .small:
      // DINO and supervised training keep their own crops and the rates that their published rules give.
      let own = encoder.method == .dino || encoder.method == .supervised
      return [
        "tokenizer.kind=random-patches", "tokenizer.vocabulary=1024", "splitmask.decoder.depth=1", "regime=standard",
        "splitmask.masking.strategy=uniform", "splitmask.masking.ratio=0.5",
      ] + (own ? [] : ["augmentation.cropScale=[0.45,1]", "training.learningRate=1e-3"])
    case .paper:
      let regime = "regime=" + (encoder.source.isSmall ? "small-data" : "standard")
      return [regime] + (encoder.source == .ade20k ? ["augmentation.cropScale=[0.08,0.25]"] : [])
    }
  }

  /// The settings of fine-tuning on a data set of the paper.
  func fineTuning(on dataset: ExperimentDataset, _ size: PlannedEncoder.Size) -> [String] {
    switch self {
    case .debug:
      return ["training.steps=2", "training.batchSize=4", "data.workers=0", "evaluation.cropRatio=1"]
    case .small:
      return [
        "training.epochs=\(ExperimentScale.smallFineTuningEpochs)", "training.batchSize=128", "regime=small-data",
        "augmentation.cropScale=[0.45,1]", "evaluation.cropRatio=1",
        "evaluation.everyEpochs=\(ExperimentScale.smallFineTuningEpochs)",
      ]
    case .paper:
      // The paper is silent on ImageNet; ours is BEiT's recipe, see docs/method.md, row 24.
      let epochs = dataset == .imagenet ? (size == .base ? 100 : 200) : 300
      let regime = dataset.isSmall || dataset == .imagenet ? "small-data" : "standard"
      return ["training.epochs=\(epochs)", "training.batchSize=1024", "regime=\(regime)"]
    }
  }

  /// The settings of a detector's training.
  ///
  /// - Parameter schedules: how many times the 3x schedule of 36 epochs.
  func detection(schedules: Int) -> [String] {
    let epochs = 36 * schedules
    switch self {
    case .debug:
      return [
        "training.steps=2", "training.batchSize=2", "data.workers=0", "detector.channels=16", "detector.hiddenWidth=32",
        "augmentation.shortSides=[32]", "augmentation.longSide=64", "augmentation.cropShortSides=[32]",
        "augmentation.cropSides=[24,32]", "evaluation.view.shortSide=32", "evaluation.view.longSide=64",
      ]
    case .small:
      return [
        "training.epochs=\(epochs)", "training.batchSize=8", "training.learningRate=1e-4",
        "augmentation.shortSides=[320,352,384,416,448,480]", "augmentation.longSide=800",
        "augmentation.cropShortSides=[320,400,480]", "augmentation.cropSides=[256,400]",
        "evaluation.view.shortSide=400",
        "evaluation.view.longSide=666", "evaluation.everyEpochs=\(epochs)",
      ]
    case .paper: return ["training.epochs=\(epochs)", "training.batchSize=16", "data.emptyImages=false"]
    }
  }

  /// The settings of a segmenter's training.
  var segmentation: [String] {
    switch self {
    case .debug:
      [
        "training.steps=2", "training.batchSize=2", "data.workers=0", "segmenter.channels=16",
        "segmenter.auxiliaryChannels=16", "augmentation.shortSide=32", "augmentation.cropSize=32",
        "evaluation.shortSide=32", "evaluation.window=32", "evaluation.stride=16",
      ]
    case .small:
      [
        "training.steps=2000", "training.batchSize=8", "training.learningRate=7e-4", "segmenter.channels=256",
        "augmentation.shortSide=360", "augmentation.longSide=1440", "augmentation.cropSize=256",
        "evaluation.shortSide=360", "evaluation.longSide=1440", "evaluation.window=256", "evaluation.stride=170",
        "evaluation.everyEpochs=1000",
      ]
    case .paper: ["training.steps=160000", "training.batchSize=16", "evaluation.everyEpochs=16"]
    }
  }

  /// Epochs of fine-tuning on a few thousand images.
  static let smallFineTuningEpochs = 20

  /// The share of a data set's labels that fine-tuning and probes use.
  func labels(of dataset: ExperimentDataset) -> LabelAmount {
    // Of ImageNet's stand-in too: all 50,000 labels would leave little to tell encoders apart.
    if self == .small, dataset == .imagenet { return .total(5000) }
    return standIn(for: dataset)?.amount ?? .fraction(1)
  }

  /// How a linear classifier is trained: DINO's protocol, at the small scale the fit to the optimum (docs/method.md,
  /// row 22).
  var linear: TrialEvaluation.Measure {
    if self == .small { return .probe }
    var config = TrainedProbe.Config(.dino)
    config.features = .mean
    if self == .debug { (config.epochs, config.workers) = (1, 0) }
    return .trainedProbe(config)
  }
}
