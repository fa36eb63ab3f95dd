/// Where the positions of patches come from on images of any size (docs/method.md, Networks for dense tasks).
public enum DensePositions: String, Codable, Hashable, Sendable, CaseIterable {
  /// ``FourierPositionEncoding``, in place of the patches' learned positions; the paper's detection.
  case fourier
  /// Fixed sines and cosines, as MAE's, in place of the patches' learned positions.
  case sineCosine = "sine-cosine"
  /// The encoder's learned table, resampled bicubically where the grid is another.
  case resampled
}
