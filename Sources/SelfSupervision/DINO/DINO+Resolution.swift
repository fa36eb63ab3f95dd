import Foundation
import SplitMaskCore
import Training
public import VisionModels

extension DINO.Config {
  /// The run that the published temperature of 0.07 is for.
  private static let longRunEpochs = 300
  /// Images of an update that the published momentum is for.
  private static let publishedBatch = 512

  /// Every automatic value chosen. The published ones are for ImageNet's 1.28 million images in updates of 512; smaller
  /// data and batches get smaller heads and slower teachers.
  ///
  /// - Parameters:
  ///   - imageCount: images of the data set.
  ///   - batchSize: images of one update.
  ///   - totalSteps: updates of the run.
  ///   - encoder: what is trained.
  public func resolved(
    imageCount: Int, batchSize: Int, totalSteps: Int, encoder: VisionTransformer.Config
  ) -> DINO.ResolvedConfig {
    let epochs = totalSteps / max(1, imageCount / batchSize)
    return DINO.ResolvedConfig(
      self, outputDimension: outputDimension ?? DINO.Config.outputDimension(imageCount: imageCount),
      teacherMomentum: teacherMomentum
        ?? DINO.Config.teacherMomentum(batchSize: batchSize, totalSteps: totalSteps),
      teacherTemperature: teacherTemperature
        ?? max(initialTeacherTemperature, epochs >= DINO.Config.longRunEpochs ? 0.07 : 0.04),
      teacherTemperatureEpochs: teacherTemperatureEpochs ?? min(30, epochs / 10),
      frozenLastLayerEpochs: frozenLastLayerEpochs ?? (epochs > 1 ? 1 : 0),
      localCount: crops.localCount ?? DINO.Crops.localCount(of: encoder),
      localSize: crops.localSize ?? DINO.Crops.localSize(of: encoder))
  }

  /// A power of two of at least 1/20 of the images, from 1,024 to 65,536: ImageNet's 1.28 million give 65,536.
  static func outputDimension(imageCount: Int) -> Int {
    var dimension = 1024
    while dimension < 65536 && dimension * 20 < imageCount { dimension *= 2 }
    return dimension
  }

  /// What moves of the teacher, 0.004 for 512 images and in proportion for fewer, but enough for it to move ten times
  /// its way in the run, which matters in very short ones.
  static func teacherMomentum(batchSize: Int, totalSteps: Int) -> Double {
    let published = 0.004
    let proportional = published * Double(min(batchSize, publishedBatch)) / Double(publishedBatch)
    return 1 - min(published, max(proportional, 10 / Double(max(1, totalSteps))))
  }

  /// What the plan should say of the values that were chosen, a sentence each; to be asked of resolved settings.
  ///
  /// - Parameters:
  ///   - asked: the settings before they were resolved.
  ///   - encoder: the encoder's shape.
  public func notes(asked: DINO.Config, encoder: VisionTransformer.Config) -> [String] {
    func chosen(_ value: String, _ reason: String, _ key: String) -> String {
      "\(value): \(reason) (--set dino.\(key)=… for another)"
    }
    var notes: [String] = []
    if asked.outputDimension == nil, let outputDimension {
      let count = HumanReadable.count(outputDimension)
      notes.append(chosen("\(count) outputs of DINO's head", "fitted to the number of images", "outputDimension"))
    }
    if asked.teacherMomentum == nil, let teacherMomentum {
      let share = String(format: "%.6g", teacherMomentum)
      notes.append(chosen("teacher momentum \(share) to 1", "fitted to the batch", "teacherMomentum"))
    }
    if asked.teacherTemperature == nil, let teacherTemperature, let teacherTemperatureEpochs {
      let ramp =
        teacherTemperature == initialTeacherTemperature
        ? "\(teacherTemperature)"
        : "\(initialTeacherTemperature) to \(teacherTemperature) over \(teacherTemperatureEpochs) epochs"
      notes.append(chosen("teacher temperature \(ramp)", "fitted to the length of the run", "teacherTemperature"))
    }
    if asked.crops.localCount == nil || asked.crops.localSize == nil, let count = crops.localCount,
      let size = crops.localSize
    {
      let what = "\(count) local crops of \(size) beside 2 of \(encoder.imageSize)"
      notes.append(chosen(what, "fitted to the size of the images", "crops.localCount, dino.crops.localSize"))
    }
    return notes
  }
}

extension DINO {
  /// ``Config`` with every value chosen: what a run uses.
  @dynamicMemberLookup
  public struct ResolvedConfig: Hashable, Sendable {
    /// The settings, to be kept with the run; resolved again they are the same.
    public let config: Config
    /// Outputs of the head.
    public let outputDimension: Int
    /// What stays of the teacher in an update, at first; it rises to 1 along half a cosine.
    public let teacherMomentum: Double
    /// The teacher's temperature after its ramp.
    public let teacherTemperature: Double
    /// Passes over the data in which the teacher's temperature reaches that.
    public let teacherTemperatureEpochs: Int
    /// Passes over the data in which the last layer rests.
    public let frozenLastLayerEpochs: Int
    /// The size of local crops.
    public let localSize: ImageSize

    init(
      _ asked: Config, outputDimension: Int, teacherMomentum: Double, teacherTemperature: Double,
      teacherTemperatureEpochs: Int, frozenLastLayerEpochs: Int, localCount: Int, localSize: ImageSize
    ) {
      var config = asked
      (config.outputDimension, config.teacherMomentum) = (outputDimension, teacherMomentum)
      (config.teacherTemperature, config.teacherTemperatureEpochs) = (teacherTemperature, teacherTemperatureEpochs)
      config.frozenLastLayerEpochs = frozenLastLayerEpochs
      (config.crops.localCount, config.crops.localSize) = (localCount, localSize)
      self.config = config
      (self.outputDimension, self.teacherMomentum) = (outputDimension, teacherMomentum)
      (self.teacherTemperature, self.teacherTemperatureEpochs) = (teacherTemperature, teacherTemperatureEpochs)
      (self.frozenLastLayerEpochs, self.localSize) = (frozenLastLayerEpochs, localSize)
    }

    /// A setting of ``config``.
    public subscript<Value>(dynamicMember path: KeyPath<Config, Value>) -> Value { config[keyPath: path] }

    /// The teacher's temperature in a pass over the data, counted from 0.
    public func teacherTemperature(epoch: Int) -> Double {
      guard epoch < teacherTemperatureEpochs else { return teacherTemperature }
      let start = config.initialTeacherTemperature
      // The ramp's last pass has the final temperature already.
      return start + (teacherTemperature - start) * Double(epoch) / Double(max(1, teacherTemperatureEpochs - 1))
    }
  }
}
