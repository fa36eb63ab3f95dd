import Evaluation
import VisionModels

/// The encoder that a run starts from, read anew for each of its members.
struct EncoderOrigin: Sendable {
  let source: EncoderSource
  let hints: EncoderFile.Hints

  /// - Throws: as `EncoderSource.load`.
  func load() throws -> LoadedEncoder { try source.load(hints: hints) }
}
