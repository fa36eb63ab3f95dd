import SplitMaskCore
public import TorchNN

/// SplitMask (arXiv 2112.10740, §3.3): split an image's patches in two, inpaint each half's missing words, match
/// the halves.
public enum SplitMask {
  /// How patches are chosen for the two halves.
  public enum MaskingStrategy: String, Codable, Hashable, Sendable, CaseIterable {
    /// Uniform below the small-data limit, blocks above it.
    case automatic
    /// Random blocks and their complement: ``BlockMaskGenerator``.
    case block
    /// Uniformly drawn patches: ``UniformMaskGenerator``.
    case uniform
  }

  /// Where the decoder learns positions from (docs/method.md, row 3).
  public enum DecoderPositions: String, Codable, Hashable, Sendable, CaseIterable {
    /// The encoder's table, added to the mask token at missing places only.
    case missingOnly = "missing-only"
    /// A learned table of its own, added at every place.
    case learned
    /// A fixed two-dimensional sine-cosine table, added at every place.
    case sineCosine = "sine-cosine"
  }

  /// Which output of the decoder is pooled into a descriptor (docs/method.md, row 5).
  public enum Pooling: String, Codable, Hashable, Sendable, CaseIterable {
    /// After the decoder's last normalisation.
    case afterNorm = "after-norm"
    /// Before it.
    case beforeNorm = "before-norm"
  }

  /// The choice of patches.
  public struct Masking: Codable, Hashable, Sendable {
    /// How patches are chosen.
    public var strategy = MaskingStrategy.automatic
    /// The share of an image's patches that one half does not see; nil is 0.5 for blocks, 0.75 for uniform.
    public var ratio: Double?
    /// ``ratio``, else the strategy's.
    public var chosenRatio: Double { ratio ?? (strategy == .uniform ? 0.75 : 0.5) }
    /// Whether blocks are topped up so that all branches see equally many patches; without, batches are padded
    /// (docs/method.md, row 11).
    public var exact = true
    /// Whether one branch sees the complement of the other's uniformly drawn patches, instead of as many
    /// (docs/method.md, row 12).
    public var complement = false

    /// By the size of the data set.
    public init() {}

    /// Checks that the choices fit the strategy, as far as that is known.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      guard exact || strategy != .uniform else {
        throw InvalidSetting(
          "splitmask.masking.exact",
          """
          false needs block masks, since uniform ones are exact by themselves; set splitmask.masking.strategy=block or \
          regime=standard
          """)
      }
      guard !complement || strategy != .block else {
        throw InvalidSetting(
          "splitmask.masking.complement",
          """
          needs uniform masks, since block masks of a half are complements already; set \
          splitmask.masking.strategy=uniform or regime=small-data
          """)
      }
    }
  }

  /// The inpainting decoder.
  public struct Decoder: Codable, Hashable, Sendable {
    /// Transformer blocks, as wide as the encoder's.
    public var depth = 2
    /// Where it learns positions from.
    public var positions = DecoderPositions.missingOnly
    /// Whether the encoder's last normalisation comes before it (docs/method.md, row 4).
    public var normalizedInput = true

    /// The paper's two blocks.
    public init() {}
  }

  /// The contrastive loss between the halves.
  public struct Matching: Codable, Hashable, Sendable {
    /// Divides the cosine similarities.
    public var temperature = 0.2
    /// Which descriptors count as negatives.
    public var negatives = InfoNCE.Negatives.bothBranches
    /// Whether negatives are from the images of all processes of a run, instead of a process's own.
    public var acrossProcesses = true
    /// Whether descriptors are L2-normalised (docs/method.md, row 7).
    public var normalized = true
    /// What is pooled.
    public var pooling = Pooling.afterNorm
    /// Layers of an MLP between pooling and loss; 0 for none (docs/method.md, row 6).
    public var projectionLayers = 0
    /// Hidden and output values of that MLP.
    public var projectionWidth = 256

    /// The paper's, without a projection.
    public init() {}
  }

  /// The method's settings. Where the paper is silent, defaults are ours: docs/method.md, What the paper leaves open.
  public struct Config: Codable, Hashable, Sendable {
    /// Whether patches are split into two halves; without it one full sequence with mask tokens, as BEiT (Table 8).
    public var split = true
    /// Whether missing words are predicted.
    public var inpaint = true
    /// Whether the halves are matched.
    public var match = true
    /// Weight of the inpainting loss.
    public var inpaintWeight = 1.0
    /// Weight of the matching loss.
    public var matchWeight = 1.0
    /// The choice of patches.
    public var masking = Masking()
    /// The inpainting decoder.
    public var decoder = Decoder()
    /// The contrastive loss.
    public var matching = Matching()

    /// The paper's method.
    public init() {}

    /// Checks ranges and combinations.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      guard inpaint || match else {
        throw InvalidSetting("splitmask", "without inpaint and match there is nothing to learn; switch one on")
      }
      guard split || !match else {
        throw InvalidSetting("splitmask.match", "needs two halves; set splitmask.split=true or splitmask.match=false")
      }
      try masking.validate()
      if let ratio = masking.ratio, !(ratio > 0 && ratio < 1) {
        throw InvalidSetting("splitmask.masking.ratio", "must lie between 0 and 1, not \(ratio)")
      }
      if split, let ratio = masking.ratio, ratio < 0.5 {
        throw InvalidSetting(
          "splitmask.masking.ratio", "must be at least 0.5, not \(ratio): the two halves share no patch")
      }
      guard matching.temperature > 0 else {
        throw InvalidSetting("splitmask.matching.temperature", "must be above 0, not \(matching.temperature)")
      }
      guard decoder.depth >= 0 else {
        throw InvalidSetting("splitmask.decoder.depth", "must be at least 0, not \(decoder.depth)")
      }
      guard matching.projectionLayers >= 0, matching.projectionWidth > 0 else {
        throw InvalidSetting("splitmask.matching.projectionLayers", "layers and width cannot be negative")
      }
      guard inpaintWeight >= 0, matchWeight >= 0, inpaintWeight + matchWeight > 0 else {
        throw InvalidSetting("splitmask.inpaintWeight", "weights must be at least 0, and not both 0")
      }
    }
  }
}
