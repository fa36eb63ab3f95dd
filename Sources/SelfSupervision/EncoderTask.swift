public import ImageCoding
public import Training
public import VisionModels

/// A method that trains an encoder to be taken away.
public protocol EncoderTask: TrainingTask {
  /// What is taken away as it is now: the trained encoder, DINO's teacher's.
  var encoder: VisionTransformer { get }
  /// Of the encoder's pixels.
  var normalization: PixelNormalization { get }
}

extension EncoderTask {
  /// The encoder's.
  public func weightsMetadata() throws -> [String: String] {
    try EncoderFile.metadata(of: encoder.config, normalization: normalization)
  }

  /// Writes the encoder.
  public func export(to folder: RunFolder) throws {
    try EncoderFile.write(encoder, normalization: normalization, to: folder.encoder)
  }
}
