import Torch
import Training
import VisionModels

/// Multiply-adds of networks for dense tasks, forward, about: of the parts that take the time.
struct DenseWork {
  /// In which sides an update may be measured, of its own.
  static let scales = [1, 0.75, 0.5, 0.35, 0.25]
  /// A typical image's long side over its short one.
  static let aspect = 4.0 / 3

  /// Positions of the pyramid's maps of strides 4 to 32, for each patch of 16 pixels.
  static let pyramidPositions = 21.25

  let encoder: VisionTransformer.Config

  /// Encoder, and the maps that the pyramid is made of.
  func backbone(patches: Double) -> Double {
    let width = Double(encoder.embeddingDimension)
    // Two transposed convolutions of 2 × 2 to stride 4, one to stride 8.
    return encoder.work(patches: Int(patches)).forwardMultiplyAdds + 24 * width * width * patches
  }

  /// Convolutions of 3 × 3 over all maps.
  func pyramid(patches: Double, channels: Int) -> Double {
    let (width, channels) = (Double(encoder.embeddingDimension), Double(channels))
    return Self.pyramidPositions * patches * (width * channels + 9 * channels * channels)
  }

  /// Patches of a part of an image.
  func patches(height: Double, width: Double) -> Double {
    let side = Double(encoder.patchSize)
    return max(1, (height / side).rounded(.up) * (width / side).rounded(.up))
  }
}

/// Settings of a dense run, with every value settled, that tell what it multiplies.
protocol DenseConfiguration: PresetConfiguration {
  var model: VisionTransformer.Config { get set }
  var training: Trainer.Config { get }

  /// Of an update for each of its images, in so many times the run's sides.
  func multiplyAddsPerImage(scale: Double) -> Double

  /// The automatic values chosen.
  func resolved(imageCount: Int, device: Device, processes: ProcessGroup) -> Self

  /// Takes over what the data decides.
  mutating func takeData(of other: Self)
}

extension DenseConfiguration {
  /// Of all updates.
  func multiplyAdds(imageCount: Int) -> Double {
    multiplyAddsPerImage(scale: 1) * training.imagesShown(imageCount: imageCount)
  }

  /// Runs of other settings on the same data, to be named in the plan of this one.
  func alternatives(
    _ others: [Self], imageCount: Int, device: Device, processes: ProcessGroup
  ) -> [AlternativeRun] {
    others.map { other in
      var asked = other
      asked.takeData(of: self)
      let settled = asked.resolved(imageCount: imageCount, device: device, processes: processes)
      return AlternativeRun(
        option: "--preset \(other.preset ?? "")", multiplyAdds: settled.multiplyAdds(imageCount: imageCount))
    }
  }
}
