import Torch
public import VisionModels

/// A UPerNet with what it takes to use it.
public struct Segmenter {
  /// The network.
  public let network: UPerNet
  /// What its classes are called, in their order.
  public let classNames: [String]
  /// The statistics that its images are normalised with.
  public let normalization: PixelNormalization

  /// A network with its classes.
  public init(network: UPerNet, classNames: [String], normalization: PixelNormalization) {
    precondition(network.config.classCount == classNames.count, "a name for every class")
    self.network = network
    self.classNames = classNames
    self.normalization = normalization
  }
}
