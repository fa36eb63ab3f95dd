package import ImageCoding
package import ImageData
package import ImageLoading
package import VisionModels

extension PixelConfig {
  /// The pattern of the names of files that hold one channel each: what was said, else what the encoder was trained on.
  package func channelFiles(of encoder: String, _ model: VisionTransformer.Config, seed: UInt64) throws -> String? {
    try files ?? EncoderSource(named: encoder, config: model, seed: seed).channelFiles
  }
}

/// The encoder that a run starts from, read anew for each of its members.
package struct EncoderOrigin: Sendable {
  /// How it is to see images.
  package let pixels: PixelNormalization
  /// What people should know of that, a sentence each.
  package let notes: [String]

  private let source: EncoderSource
  private let hints: EncoderFile.Hints

  /// - Parameters:
  ///   - source: where it is from.
  ///   - hints: what is asked of it.
  ///   - images: the run's.
  ///   - config: what somebody has said of their pixels.
  ///   - resolved: how it is to see them, where that is settled; nil looks at the images.
  /// - Throws: as `EncoderSource.pixels`.
  package init(
    _ source: EncoderSource, hints: EncoderFile.Hints, seeing images: ImageDataset, as config: PixelConfig,
    resolved: PixelNormalization?
  ) throws {
    (self.source, self.hints) = (source, hints)
    if let resolved {
      (pixels, notes) = (resolved, [])
    } else {
      (pixels, notes) = try source.pixels(for: images, config)
    }
  }

  /// - Throws: as `EncoderSource.load`.
  package func load() throws -> LoadedEncoder { try source.load(hints: hints, pixels: pixels) }
}
