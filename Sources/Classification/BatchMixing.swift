public import ImageCoding
public import SplitMaskCore
public import Torch

/// Mixup and CutMix of whole batches, as timm's `Mixup` in batch mode (timm/data/mixup.py): each image is mixed with
/// its partner, the one at the same place from the batch's other end, and so are their labels.
public struct BatchMixing: Sendable {
  /// How batches are mixed; the defaults are DeiT's, and those of the paper's Table 9.
  public struct Config: Codable, Hashable, Sendable {
    /// The parameter of mixup's symmetric beta distribution; 0 for no mixup.
    public var mixupAlpha = 0.8
    /// The parameter of CutMix's symmetric beta distribution; 0 for no CutMix.
    public var cutmixAlpha = 1.0
    /// How often a batch is cut where both are on.
    public var switchProbability = 0.5
    /// How often a batch is mixed at all.
    public var probability = 1.0
    /// The share of a label that goes to all classes alike, mixed or not.
    public var smoothing = 0.1

    /// DeiT's.
    public init() {}

    /// Label smoothing only.
    public static let smoothingOnly = {
      var config = Config()
      config.mixupAlpha = 0
      config.cutmixAlpha = 0
      return config
    }()

    /// Whether any batch is ever mixed.
    package var mixes: Bool { probability > 0 && (mixupAlpha > 0 || cutmixAlpha > 0) }
  }

  /// What is done to one batch.
  public enum Draw: Hashable, Sendable {
    /// Nothing.
    case none
    /// Pixels and labels are `share` of an image's own plus the rest of its partner's.
    case mixup(share: Double)
    /// The box shows the partner; the label keeps the share of the pixels outside.
    case cutMix(box: CropBox, share: Double)

    /// How much of an image's own label stays.
    public var share: Double {
      switch self {
      case .none: 1
      case .mixup(let share), .cutMix(_, let share): share
      }
    }
  }

  /// How batches are mixed.
  public let config: Config

  /// Mixing with valid settings.
  public init(_ config: Config = Config()) {
    self.config = config
  }

  /// Draws what is done to a batch of images of a size in pixels.
  public func draw(height: Int, width: Int, using generator: inout SeededGenerator) -> Draw {
    guard config.mixes, generator.bool(probability: config.probability) else { return .none }
    let cuts =
      config.mixupAlpha > 0 && config.cutmixAlpha > 0
      ? generator.bool(probability: config.switchProbability) : config.cutmixAlpha > 0
    let share = generator.beta(cuts ? config.cutmixAlpha : config.mixupAlpha)
    guard share < 1 else { return .none }
    guard cuts else { return .mixup(share: share) }
    let row = generator.integer(in: 0...height - 1)
    let column = generator.integer(in: 0...width - 1)
    return Self.cut(share: share, row: row, column: column, height: height, width: width)
  }

  /// The cut about a centre whose box has √(1 - share) of the image's sides before the image's edges clip it; the
  /// label's share is that of the pixels that are left.
  public static func cut(share: Double, row: Int, column: Int, height: Int, width: Int) -> Draw {
    let ratio = (1 - share).squareRoot()
    let rows = clipped(about: row, length: Int(Double(height) * ratio), size: height)
    let columns = clipped(about: column, length: Int(Double(width) * ratio), size: width)
    let box = CropBox(left: columns.lowerBound, top: rows.lowerBound, width: columns.count, height: rows.count)
    return .cutMix(box: box, share: 1 - Double(rows.count * columns.count) / Double(height * width))
  }

  private static func clipped(about centre: Int, length: Int, size: Int) -> Range<Int> {
    max(centre - length / 2, 0)..<min(centre + (length + 1) / 2, size)
  }

  /// Mixes normalised images in place, where there is anything to mix.
  ///
  /// - Parameters:
  ///   - draw: what to mix, and how.
  ///   - images: `[B, H, W, 3]` floating point; B is even.
  public func apply(_ draw: Draw, to images: Tensor) {
    precondition(images.shape[0] % 2 == 0 || draw == .none, "an odd batch leaves its middle image without a partner")
    noGrad {
      switch draw {
      case .none: break
      case .mixup(let share):
        let partners = images.flipped([0])
        images.multiplyInPlace(share)
        images.addInPlace(partners, scale: 1 - share)
      case .cutMix(let box, _):
        guard box.width > 0 && box.height > 0 else { return }
        let region = images.narrowed(1, start: box.top, count: box.height)
          .narrowed(2, start: box.left, count: box.width)
        region.copyInPlace(region.flipped([0]))
      }
    }
  }

  /// The classes that a batch's images are to be taken for, `[B, K]` float32; each row adds up to 1.
  ///
  /// - Parameters:
  ///   - labels: `[B]` int64.
  ///   - classCount: classes, K.
  ///   - draw: what to mix, and how.
  public func targets(_ labels: Tensor, classCount: Int, draw: Draw) -> Tensor {
    noGrad {
      let rest = config.smoothing / Double(classCount)
      let own = labels.oneHot(classCount).to(.float32)
      own.multiplyInPlace(1 - config.smoothing)
      let smooth = own + rest
      guard draw.share < 1 else { return smooth }
      let partners = smooth.flipped([0])
      smooth.multiplyInPlace(draw.share)
      smooth.addInPlace(partners, scale: 1 - draw.share)
      return smooth
    }
  }
}

extension BatchMixing.Config {
  /// - Parameter batchSize: where it is known; mixing needs an even one.
  /// - Throws: `InvalidSetting`, its key under `mixing`, for the first value out of range.
  public func validate(batchSize: Int? = nil) throws {
    for (key, value) in [("mixupAlpha", mixupAlpha), ("cutmixAlpha", cutmixAlpha)] {
      guard value >= 0 && value.isFinite else { throw InvalidSetting("mixing.\(key)", "is \(value); it is 0 or more") }
    }
    for (key, value) in [("switchProbability", switchProbability), ("probability", probability)] {
      guard (0...1).contains(value) else {
        throw InvalidSetting("mixing.\(key)", "is \(value); a probability is from 0 to 1")
      }
    }
    guard (0..<1).contains(smoothing) else {
      throw InvalidSetting("mixing.smoothing", "is \(smoothing); it must be at least 0 and below 1")
    }
    if let batchSize, mixes, batchSize % 2 != 0 {
      throw InvalidSetting(
        "training.batchSize",
        """
        a batch of \(batchSize) is odd, and mixup and CutMix mix images in pairs; use \(batchSize + 1), or \
        mixing.probability=0
        """)
    }
  }
}
