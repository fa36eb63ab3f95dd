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
