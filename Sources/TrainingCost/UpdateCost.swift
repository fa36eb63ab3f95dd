/// What an update of a run takes on this machine, as far as its batch goes: measured on a few images.
package struct UpdateCost: Codable, Hashable, Sendable {
  /// Seconds of an update that do not depend on its batch.
  package let fixedSeconds: Double
  /// Seconds of an image.
  package let secondsPerImage: Double
  /// Bytes of the process that do not depend on the batch.
  package let fixedBytes: Int
  /// Bytes of an image of the batch.
  package let bytesPerImage: Int
  /// What is trained, of the whole method.
  package let parameterCount: Int
  /// What is kept beside it in checkpoints, such as a teacher.
  package var auxiliaryParameterCount = 0
  /// Whether no other program kept the processors busy meanwhile.
  package var isOfFreeMachine = true

  /// A straight line through what two batch sizes took.
  ///
  /// - Parameter few: of a smaller batch than `many`; nil where that one is the run's own, and stands for itself.
  package init(few: UpdateTimes?, many: UpdateTimes, parameterCount: Int) {
    self.parameterCount = parameterCount
    let mean = many.median / Double(many.batchSize)
    guard let few else {
      (fixedSeconds, secondsPerImage) = (0, mean)
      (fixedBytes, bytesPerImage) = (many.peakMemory, 0)
      return
    }
    let more = many.batchSize - few.batchSize
    // Where the clock is shaky, an image takes no longer than its part of an update.
    secondsPerImage = min(mean, max(mean / 2, (many.median - few.median) / Double(more)))
    fixedSeconds = many.median - secondsPerImage * Double(many.batchSize)
    bytesPerImage = max(0, many.peakMemory - few.peakMemory) / more
    fixedBytes = many.peakMemory - bytesPerImage * many.batchSize
  }

  private init(
    fixedSeconds: Double, secondsPerImage: Double, fixedBytes: Int, bytesPerImage: Int, parameterCount: Int
  ) {
    (self.fixedSeconds, self.secondsPerImage) = (fixedSeconds, secondsPerImage)
    (self.fixedBytes, self.bytesPerImage, self.parameterCount) = (fixedBytes, bytesPerImage, parameterCount)
  }

  /// The cost of the same update with larger images.
  ///
  /// - Parameters:
  ///   - work: how many times the multiply-adds,
  ///   - pixels: and how many times the pixels they have.
  ///   - heldBefore: bytes of the process before the update, which do not grow.
  ///   - batchSize: that was measured.
  package func scaled(work: Double, pixels: Double, heldBefore: Int, batchSize: Int) -> UpdateCost {
    let grown = max(0, bytes(batchSize: batchSize) - heldBefore) / batchSize
    var result = UpdateCost(
      fixedSeconds: work * fixedSeconds, secondsPerImage: work * secondsPerImage, fixedBytes: heldBefore,
      bytesPerImage: Int(pixels * Double(grown)), parameterCount: parameterCount)
    (result.auxiliaryParameterCount, result.isOfFreeMachine) = (auxiliaryParameterCount, isOfFreeMachine)
    return result
  }

  /// Seconds of an update of `batches` batches.
  package func seconds(batchSize: Int, batches: Int) -> Double {
    fixedSeconds + Double(batchSize * batches) * secondsPerImage
  }

  /// Bytes of the process in training.
  package func bytes(batchSize: Int) -> Int { fixedBytes + batchSize * bytesPerImage }
}
