import Evaluation
import ImageCoding
import VisionModels

/// The encoder that a run starts from, read anew for each of its members.
struct EncoderOrigin: Sendable {
  let source: EncoderSource
  let hints: EncoderFile.Hints
  /// How it is to see images; nil leaves a file's own.
  var pixels: PixelNormalization?

  /// - Throws: as `EncoderSource.load`.
  func load() throws -> LoadedEncoder { try source.load(hints: hints, pixels: pixels) }
}
