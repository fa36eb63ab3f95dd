public import VisionModels

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
