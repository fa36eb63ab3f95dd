public import DenseAnnotations
import ImageData
import Torch
public import TorchNN
public import VisionModels

/// A network for a dense task around an encoder.
public protocol DenseNetwork: Module {
  /// Its settings.
  associatedtype Config: Codable & Hashable & Sendable

  /// What its files call its settings, which tells the kinds of networks apart.
  static var settingsKey: String { get }
  /// The settings.
  var config: Config { get }
  /// The encoder with its adapter.
  var backbone: DenseBackbone { get }
  /// Classes.
  var classCount: Int { get }

  /// Fresh weights around an encoder.
  init(_ encoder: VisionTransformer, config: Config, using generator: inout some RandomNumberGenerator) throws
}

extension MaskRCNN: DenseNetwork {
  /// `detector`.
  public static var settingsKey: String { "detector" }
  /// Those of the settings.
  public var classCount: Int { config.classCount }
}

extension UPerNet: DenseNetwork {
  /// `segmenter`.
  public static var settingsKey: String { "segmenter" }
  /// Those of the settings.
  public var classCount: Int { config.classCount }
}

/// A Mask R-CNN with what it takes to use it.
public typealias Detector = DenseModel<MaskRCNN>
/// A UPerNet with what it takes to use it.
public typealias Segmenter = DenseModel<UPerNet>

/// A network for a dense task with what it takes to use it.
public struct DenseModel<Network: DenseNetwork> {
  /// The network.
  public let network: Network
  /// What its classes are called, in their order.
  public let classNames: [String]
  /// The statistics that its images are normalised with.
  public let normalization: PixelNormalization
  /// Of a segmenter: what the values of the label maps that it learned from stand for.
  public let labelMap: LabelMapping

  /// A network with its classes.
  public init(
    network: Network, classNames: [String], normalization: PixelNormalization, labelMap: LabelMapping = .oneBased
  ) {
    precondition(network.classCount == classNames.count, "a name for every class")
    self.network = network
    self.classNames = classNames
    self.normalization = normalization
    self.labelMap = labelMap
  }

  /// The encoder's shape.
  var encoder: VisionTransformer.Config { network.backbone.encoder.config }
}
