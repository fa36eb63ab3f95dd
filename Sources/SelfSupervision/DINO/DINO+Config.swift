public import ImageTransforms
import SplitMaskCore
public import Training
public import VisionModels

/// DINO (arXiv 2104.14294): a student gives every crop of an image the label that its own moving average, the teacher,
/// gives the large ones.
public enum DINO {
  /// What the crops of an image show.
  public struct Crops: Codable, Hashable, Sendable {
    /// The two global crops' share of the image's area.
    public var globalScale: ClosedRange<Double> = 0.4...1
    /// The local crops' share of the image's area.
    public var localScale: ClosedRange<Double> = 0.05...0.4
    /// Local crops of an image; nil is 8, fewer where an image has fewer than 128 patches.
    public var localCount: Int?
    /// The size that a local crop is shown in; nil is 3/7 of the image's sides (96 of 224), in whole patches.
    public var localSize: ImageSize?
    /// Changes of colour of every crop.
    public var colorJitter = ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1, probability: 0.8)
    /// How often a crop is mirrored left to right.
    public var flipProbability = 0.5
    /// How often a crop becomes grey.
    public var grayscaleProbability = 0.2
    /// How often the first global crop is blurred, the second, and a local one.
    public var blurProbabilities = [1.0, 0.1, 0.5]
    /// How often values of 128 and more are inverted in the second global crop.
    public var solarizeProbability = 0.2
    /// The blur's radius in pixels of a crop; nil is 0.1 to 2 in global crops of 224 pixels and local ones of 96, and in
    /// proportion for others.
    public var blurRadius: ClosedRange<Double>?

    /// DINO's.
    public init() {}
  }

  /// The method's settings. Those that are nil are chosen by ``resolved(imageCount:batchSize:totalSteps:encoder:)``.
  public struct Config: Codable, Hashable, Sendable {
    /// Values of the head's output; nil is a power of two of at least 1/20 of the images, from 1,024 to 65,536.
    public var outputDimension: Int?
    /// Values of the head's two hidden layers.
    public var hiddenDimension = 2048
    /// Values before the last layer, where the output is brought to unit length.
    public var bottleneckDimension = 256
    /// Whether the last layer's rows keep unit length.
    public var normalizedLastLayer = true
    /// Passes over the data for which the last layer rests; nil is 1, and 0 in a run of a single pass.
    public var frozenLastLayerEpochs: Int?
    /// The share of the teacher that stays in the first update; rises to 1 along a cosine. nil is 0.996 for 512 images
    /// an update, and nearer to 1 in proportion for fewer.
    public var teacherMomentum: Double?
    /// Divides the teacher's centred output; nil is 0.04, or 0.07 in runs of 300 passes and more.
    public var teacherTemperature: Double?
    /// The teacher's temperature in the first pass.
    public var initialTeacherTemperature = 0.04
    /// Passes over which the teacher's temperature changes linearly; nil is 30, at most a tenth of the run.
    public var teacherTemperatureEpochs: Int?
    /// Divides the student's output.
    public var studentTemperature = 0.1
    /// The share of the centre that stays in an update.
    public var centerMomentum = 0.9
    /// What the crops of an image show.
    public var crops = Crops()

    /// The published defaults, the rest to fit the data.
    public init() {}
  }
}

extension DINO.Config {
  /// Checks ranges.
  ///
  /// - Parameter encoder: what is trained.
  /// - Throws: `InvalidSetting`.
  public func validate(encoder: VisionTransformer.Config) throws {
    guard encoder.classToken else {
      throw InvalidSetting("model.classToken", "DINO describes an image by its class token; set it to true")
    }
    guard encoder.absolutePositions else {
      throw InvalidSetting("model.absolutePositions", "DINO's local crops take theirs from the table; set it to true")
    }
    let counts: [(String, Int?)] = [
      ("outputDimension", outputDimension), ("hiddenDimension", hiddenDimension),
      ("bottleneckDimension", bottleneckDimension),
    ]
    for case (let key, let value?) in counts where value < 1 {
      throw InvalidSetting("dino.\(key)", "must be at least 1, not \(value)")
    }
    let passes: [(String, Int?)] = [
      ("frozenLastLayerEpochs", frozenLastLayerEpochs), ("teacherTemperatureEpochs", teacherTemperatureEpochs),
    ]
    for case (let key, let value?) in passes where value < 0 {
      throw InvalidSetting("dino.\(key)", "must be at least 0, not \(value)")
    }
    let shares: [(String, Double?)] = [("teacherMomentum", teacherMomentum), ("centerMomentum", centerMomentum)]
    for case (let key, let value?) in shares where !(0...1).contains(value) {
      throw InvalidSetting("dino.\(key)", "must be from 0 to 1, not \(value)")
    }
    let temperatures: [(String, Double?)] = [
      ("teacherTemperature", teacherTemperature), ("initialTeacherTemperature", initialTeacherTemperature),
      ("studentTemperature", studentTemperature),
    ]
    for case (let key, let value?) in temperatures where !(value > 0 && value.isFinite) {
      throw InvalidSetting("dino.\(key)", "must be above 0, not \(value)")
    }
    try validateCrops(encoder: encoder)
  }

  private func validateCrops(encoder: VisionTransformer.Config) throws {
    if let count = crops.localCount, count < 0 {
      throw InvalidSetting("dino.crops.localCount", "must be at least 0, not \(count)")
    }
    if let size = crops.localSize {
      for side in [size.height, size.width] where side < encoder.patchSize || side % encoder.patchSize != 0 {
        throw InvalidSetting(
          "dino.crops.localSize",
          "patches of \(encoder.patchSize) do not divide a crop of \(size); use a multiple of \(encoder.patchSize)")
      }
    }
    guard crops.blurProbabilities.count == 3 else {
      throw InvalidSetting(
        "dino.crops.blurProbabilities",
        "needs three values (first global crop, second, local), not \(crops.blurProbabilities.count)")
    }
    for crop in crops.augmentations(globalBlurScale: 1, localBlurScale: 1, localCount: 1) {
      do {
        try crop.validate()
      } catch let error as InvalidSetting {
        // The augmentation knows its own keys only.
        let key = error.key.split(separator: ".").dropFirst().joined(separator: ".")
        throw InvalidSetting("dino.crops", "\(key) \(error.problem)")
      }
    }
  }
}

extension DINO {
  /// The published optimisation (facebookresearch/dino, main_dino.py).
  public static let optimization = OptimizationDefaults(
    learningRate: 5e-4, referenceBatch: 256, minimumLearningRate: 1e-6, warmup: .init(.epochs(10), share: 0.1),
    weightDecay: 0.04, weightDecayEnd: 0.4, clipping: .perTensor, clipNorm: 3)
}

extension DINO.Config {
  /// A step's matrix products for one image: the student on all of its crops, the teacher on the global ones.
  public func work(encoder: VisionTransformer.Config) -> MatrixWork {
    let size = crops.localSize ?? DINO.Crops.localSize(of: encoder)
    let locals = crops.localCount ?? DINO.Crops.localCount(of: encoder)
    let localPatches = size.height / encoder.patchSize * (size.width / encoder.patchSize)
    let global = encoder.work(patches: encoder.grid.count) + head(encoder: encoder)
    let local = encoder.work(patches: localPatches) + head(encoder: encoder)
    return DINOLoss.globalCount * global + locals * local
      + DINOLoss.globalCount * MatrixWork(fixed: global.forwardMultiplyAdds)
  }

  /// The head on one crop's class token; its outputs are so many that they count.
  private func head(encoder: VisionTransformer.Config) -> MatrixWork {
    let widths = [
      encoder.embeddingDimension, hiddenDimension, hiddenDimension, bottleneckDimension, outputDimension ?? 0,
    ]
    return MatrixWork(
      trained: zip(widths, widths.dropFirst()).reduce(0) {
        $0 + MatrixWork.linear(rows: 1, inputs: $1.0, outputs: $1.1)
      })
  }
}
