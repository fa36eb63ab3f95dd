public import ImageData
import ShapesData
import SplitMaskCore
import Training

/// How large an experiment is: the same design, other data, encoders and lengths.
public enum ExperimentScale: String, Codable, Hashable, Sendable, CaseIterable {
  /// Two updates of everything on a few composed images, to see that all of it works.
  case debug
  /// CIFAR-10 and composed images for the paper's, a small encoder: hours on one GPU, about a day on a CPU.
  case small
  /// The published settings.
  case paper

  /// A data set in the place of one of the paper's.
  public struct StandIn: Hashable, Sendable {
    /// The data set that is used.
    public let dataset: ExperimentDataset
    /// How many of its images there are to pretrain on and to fine-tune with; nil for all.
    public var amount: LabelAmount?

    /// What there is to read: `CIFAR-10 (5,000 images)`.
    public var description: String {
      guard case .total(let count) = amount else { return dataset.title }
      return "\(dataset.title) (\(HumanReadable.count(count)) images)"
    }
  }

  /// What stands for a data set of the paper at this scale; nil where nothing does.
  package func standIn(for dataset: ExperimentDataset) -> StandIn? {
    switch self {
    case .paper: return StandIn(dataset: dataset)
    case .debug: return StandIn(dataset: .shapes)
    case .small:
      switch dataset {
      case .imagenet, .cifar10: return StandIn(dataset: .cifar10)
      case .pennFudan, .camvid: return StandIn(dataset: dataset)
      case .inat19: return StandIn(dataset: .cifar10, amount: .total(5000))
      case .cars: return StandIn(dataset: .cifar10, amount: .total(1000))
      case .coco, .clipart, .shapes: return StandIn(dataset: .shapes)
      case .inat18, .food101, .painting, .sketch, .ade20k: return nil
      }
    }
  }

  /// Whether it has the paper's two encoders, or one for both.
  var hasTwoEncoders: Bool { self == .paper }

  /// The encoder in words.
  func title(of size: PlannedEncoder.Size, isBackbone: Bool) -> String {
    switch self {
    case .debug where isBackbone: "width 32, depth 4, 32 pixels, patches of 16"
    case .small where isBackbone: "ViT-Ti (width 192, depth 12), 224 pixels, patches of 16"
    case .debug: "width 32, depth 2, 16 pixels, patches of 4"
    case .small: "width 128, depth 4, 32 pixels, patches of 4 (0.8 million parameters)"
    case .paper: "\(size.architecture), 224 pixels, patches of 16"
    }
  }

  /// The images of an update.
  func batchSize(_ encoder: PlannedEncoder) -> Int {
    switch self {
    case .debug: return 4
    case .small where encoder.isBackbone: return 64
    // A thousand images give too few updates of 256 in the passes that the paper allows.
    case .small: return encoder.batchSize?.small ?? (encoder.source == .cars ? 64 : 256)
    case .paper:
      let published = encoder.method == .dino || encoder.method == .supervised ? 1024 : 2048
      return encoder.batchSize?.paper ?? published
    }
  }

  /// The embedded data set at this scale.
  var shapes: ShapesDataset.Config {
    var config = ShapesDataset.Config()
    if self == .debug {
      (config.images, config.width, config.height, config.validationShare) = (60, 32, 32, 0.4)
    } else {
      (config.images, config.width, config.height, config.validationShare) = (7000, 32, 32, 2.0 / 7)
    }
    return config
  }
}
