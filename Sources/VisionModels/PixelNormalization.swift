/// The mean and standard deviation of every colour channel, of pixels in [0, 1].
public struct PixelNormalization: Codable, Hashable, Sendable {
  /// Red, green, blue.
  public var mean: [Double]
  /// Red, green, blue.
  public var standardDeviation: [Double]

  /// Statistics of three channels.
  public init(mean: [Double], standardDeviation: [Double]) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// ImageNet's, which serve for every data set (docs/method.md, row 23).
  public static let imageNet = PixelNormalization(
    mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])
}
