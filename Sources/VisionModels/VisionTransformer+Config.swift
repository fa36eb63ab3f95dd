import SplitMaskCore

extension VisionTransformer {
  /// A named shape (facebookresearch/deit, models.py).
  public enum Architecture: String, Codable, Hashable, Sendable, CaseIterable {
    case tiny = "vit-tiny"
    case small = "vit-small"
    case base = "vit-base"
    case large = "vit-large"

    /// Values of a token.
    public var width: Int {
      switch self {
      case .tiny: 192
      case .small: 384
      case .base: 768
      case .large: 1024
      }
    }

    /// Transformer blocks.
    public var depth: Int { self == .large ? 24 : 12 }
  }

  /// Whether attention adds what it has learned of the difference between two places (as in BEiT).
  public enum RelativePositionBias: String, Codable, Hashable, Sendable, CaseIterable {
    case none
    /// One table for all blocks, as BEiT pretrains.
    case shared
    /// A table for each block, as BEiT fine-tunes.
    case perBlock = "per-block"
  }

  /// The shape of an encoder.
  public struct Config: Codable, Hashable, Sendable {
    /// The named shape that the rest starts from.
    public var architecture = Architecture.small
    /// Height and width of the images in pixels.
    public var imageSize = ImageSize(224)
    /// Channels of an image: 3 for red, green and blue.
    public var channels = 3
    /// Side of a patch in pixels; divides height and width.
    public var patchSize = 16
    /// Values of a token; nil takes the named shape's.
    public var width: Int?
    /// Transformer blocks; nil takes the named shape's.
    public var depth: Int?
    /// Attention heads; nil gives heads of 64 values.
    public var headCount: Int?
    /// Hidden values of a block's MLP over the width.
    public var mlpRatio = 4
    /// The last block's chance of being left out in training; rises linearly from 0 at the first.
    public var stochasticDepthRate = 0.1
    /// Whether a class token goes with the patches (docs/method.md, row 1).
    public var classToken = true
    /// Tokens between the class token and the patches that stand for nothing, for attention to keep what it needs in
    /// ("Vision Transformers Need Registers", arXiv 2309.16588); they carry no positions.
    public var registers = 0
    /// Whether patches carry learned absolute positions.
    public var absolutePositions = true
    /// Whether attention knows relative positions (docs/method.md, row 2).
    public var relativePositionBias = RelativePositionBias.none
    /// Whether attention turns queries and keys by the places of their patches, as DINOv3's (``RotaryPositions``).
    public var rotaryPositions = false
    /// The initial factor of every residual branch's channels; nil has no such factors.
    public var layerScale: Double?
    /// Whether keys have a bias; BEiT's have none.
    public var keyBias = true
    /// What the normalisations of tokens add to the variance.
    public var normEpsilon = 1e-6

    /// The most that sides, widths and counts may be, so that no product of them overflows.
    static let largestSize = 65_535

    /// vit-small at 224 with patches of 16.
    public init() {}

    /// A named shape.
    public init(_ architecture: Architecture, imageSize: ImageSize = ImageSize(224), patchSize: Int = 16) {
      self.architecture = architecture
      self.imageSize = imageSize
      self.patchSize = patchSize
    }

    /// Values of a token.
    public var embeddingDimension: Int { width ?? architecture.width }
    /// Transformer blocks.
    public var blockCount: Int { depth ?? architecture.depth }
    /// Attention heads.
    public var heads: Int { headCount ?? max(1, embeddingDimension / 64) }
    /// Tokens before the patches.
    public var prefixCount: Int { (classToken ? 1 : 0) + registers }
    /// The grid of patches.
    public var grid: PatchGrid {
      PatchGrid(rows: imageSize.height / patchSize, columns: imageSize.width / patchSize)
    }

    /// Checks that the shape can be built.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      for (key, value, largest) in [
        ("channels", channels, 1024), ("patchSize", patchSize, Self.largestSize),
        ("imageSize", imageSize.height, Self.largestSize),
        ("imageSize", imageSize.width, Self.largestSize), ("width", embeddingDimension, Self.largestSize),
        ("depth", blockCount, 1024), ("headCount", heads, Self.largestSize), ("mlpRatio", mlpRatio, 64),
      ] where !(1...largest).contains(value) {
        throw InvalidSetting("model.\(key)", "must be from 1 to \(largest), not \(value)")
      }
      guard (0...64).contains(registers) else {
        throw InvalidSetting("model.registers", "must be from 0 to 64, not \(registers)")
      }
      guard normEpsilon > 0, normEpsilon < 1 else {
        throw InvalidSetting("model.normEpsilon", "must be above 0 and below 1, not \(normEpsilon)")
      }
      for side in [imageSize.height, imageSize.width] where side < patchSize || side % patchSize != 0 {
        let nearest = max(1, Int((Double(side) / Double(patchSize)).rounded())) * patchSize
        throw InvalidSetting(
          "model.patchSize",
          "patches of \(patchSize) do not divide an image of \(imageSize); use an image size such as \(nearest)")
      }
      guard embeddingDimension % heads == 0 else {
        throw InvalidSetting(
          "model.headCount", "\(heads) heads do not divide a width of \(embeddingDimension)")
      }
      guard (0..<1).contains(stochasticDepthRate) else {
        throw InvalidSetting("model.stochasticDepthRate", "must be at least 0 and below 1, not \(stochasticDepthRate)")
      }
      guard !rotaryPositions || embeddingDimension / heads % 4 == 0 else {
        throw InvalidSetting(
          "model.rotaryPositions", "needs heads of a multiple of 4 values, not \(embeddingDimension / heads)")
      }
      guard absolutePositions || relativePositionBias != .none || rotaryPositions else {
        throw InvalidSetting(
          "model.absolutePositions",
          "without them the places of patches are unknown; set model.relativePositionBias=shared")
      }
      if let layerScale, !(layerScale > 0 && layerScale.isFinite) {
        throw InvalidSetting("model.layerScale", "must be above 0, not \(layerScale)")
      }
    }
  }
}

/// The grid that an image's patches form; patches are numbered row by row.
public struct PatchGrid: Codable, Hashable, Sendable {
  /// Patches from top to bottom.
  public let rows: Int
  /// Patches from left to right.
  public let columns: Int

  /// A grid.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// Patches of an image.
  public var count: Int { rows * columns }
}

extension VisionTransformer.Config {
  /// The encoder in a line: name, width, depth, heads, images, patches, parameters.
  public var summary: String {
    let sides = imageSize.height == imageSize.width ? "\(imageSize.height)" : "\(imageSize.height) × \(imageSize.width)"
    let shape = "width \(embeddingDimension), depth \(blockCount), \(heads) \(heads == 1 ? "head" : "heads")"
    let isNamed = embeddingDimension == architecture.width && blockCount == architecture.depth
    let images = channels == 3 ? "images" : "images of \(channels) \(channels == 1 ? "channel" : "channels"),"
    let registers = registers == 0 ? "" : ", \(registers) \(registers == 1 ? "register" : "registers")"
    return "\(isNamed ? architecture.rawValue : "vision transformer") (\(shape)), \(images) of \(sides) pixels, "
      + "\(grid.count) patches of \(patchSize)\(registers)\(rotaryPositions ? ", rotary positions" : "")"
  }
}

extension VisionTransformer.Config {
  /// Trained values of the encoder that this shape gives.
  public var parameterCount: Int {
    let width = embeddingDimension
    let hidden = mlpRatio * width
    let norm = 2 * width
    let attention = 4 * width * width + (keyBias ? 4 : 3) * width
    let mlp = 2 * width * hidden + hidden + width
    let scales = layerScale == nil ? 0 : 2 * width
    let positions = absolutePositions ? (grid.count + (classToken ? 1 : 0)) * width : 0
    return channels * patchSize * patchSize * width + width + prefixCount * width + positions
      + blockCount * (2 * norm + attention + mlp + scales) + norm + relativePositionTables * relativePositionTable
  }

  private var relativePositionTables: Int {
    switch relativePositionBias {
    case .none: 0
    case .shared: 1
    case .perBlock: blockCount
    }
  }

  /// A value a head for each difference of places, and three for the class token (BEiT, `modeling_finetune.py`).
  private var relativePositionTable: Int {
    ((2 * grid.rows - 1) * (2 * grid.columns - 1) + (prefixCount > 0 ? 3 : 0)) * heads
  }
}
