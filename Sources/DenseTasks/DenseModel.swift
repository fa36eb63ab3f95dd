public import DenseAnnotations
public import ImageCoding
import Torch
public import TorchNN
public import VisionModels

/// A network for a dense task around an encoder.
public protocol DenseNetwork: Module {
  /// Its settings.
  associatedtype Config: Codable & Hashable & Sendable
  /// How it looks at images.
  associatedtype View: Codable & Hashable & Sendable

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
  /// The size of what it sees.
  public typealias View = DetectionPass.View
  /// `detector`.
  public static var settingsKey: String { "detector" }
  /// Those of the settings.
  public var classCount: Int { config.classCount }
}

extension UPerNet: DenseNetwork {
  /// The size of what it sees, the windows and the scales.
  public typealias View = SegmentationEvaluation.Config
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
  /// How it was judged in training, and is to look at images unless somebody says otherwise; nil where that is not known.
  public let view: Network.View?
  /// Of a segmenter: what the values of the label maps that it learned from stand for.
  public let labelMap: LabelMapping

  /// A network with its classes.
  public init(
    network: Network, classNames: [String], normalization: PixelNormalization, view: Network.View? = nil,
    labelMap: LabelMapping = .oneBased
  ) {
    precondition(network.classCount == classNames.count, "a name for every class")
    self.network = network
    self.classNames = classNames
    self.normalization = normalization
    self.labelMap = labelMap
    self.view = view
  }

  /// The encoder's shape.
  var encoder: VisionTransformer.Config { network.backbone.encoder.config }
}
