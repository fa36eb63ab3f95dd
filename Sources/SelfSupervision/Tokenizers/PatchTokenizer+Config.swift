public import ImageCoding
import SplitMaskCore
public import VisionModels

extension PatchTokenizer {
  /// Where the vocabulary comes from (SplitMask, arXiv 2112.10740, §3.3 and §5.5).
  public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
    /// Random directions.
    case randomProjection = "random-projection"
    /// Patches of different training images.
    case randomPatches = "random-patches"
    /// Centroids of training patches.
    case kMeans = "k-means"
    /// DALL-E's encoder, with weights from a file.
    case dalle = "dall-e"
  }

  /// The distribution of a random projection's components.
  public enum Distribution: String, Codable, Hashable, Sendable, CaseIterable {
    /// Uniform in [0, 1): the richer of the two on normalised pixels (docs/method.md, row 18).
    case uniform
    /// Uniform in [-1, 1).
    case symmetric
  }

  /// Which pixels the tokenizer sees.
  public enum View: String, Codable, Hashable, Sendable, CaseIterable {
    /// Half the size where the encoder's patches are 16 pixels or more, the encoder's own pixels otherwise.
    case automatic
    /// The same crop at half the size (docs/method.md, row 17).
    case half
    /// The encoder's own pixels.
    case full
  }

  /// How the visual vocabulary is made.
  public struct Config: Codable, Hashable, Sendable {
    /// Where the vocabulary comes from.
    public var kind = Kind.randomProjection
    /// Words.
    public var vocabulary = 8192
    /// The distribution of a random projection's components.
    public var distribution = Distribution.uniform
    /// Whether the means of a patch's channels are left out of account: words then tell texture, not colour
    /// (docs/method.md, row 18).
    public var centerPatches = false
    /// Which pixels the tokenizer sees.
    public var view = View.automatic
    /// Patches that k-means clusters; all there are where there are fewer.
    public var samples = 3_000_000
    /// Passes of k-means over its patches.
    public var iterations = 10
    /// The file of DALL-E's weights, as `scripts/convert_dalle.py` writes it.
    public var weights: String?

    /// A random projection to 8192 words.
    public init() {}

    /// Side of a patch in the tokenizer's view.
    public func patchSize(encoderPatchSize: Int) -> Int {
      guard kind != .dalle else { return DalleEncoder.patchSize }
      let halves = view == .half || (view == .automatic && encoderPatchSize >= 16 && encoderPatchSize % 2 == 0)
      return halves ? encoderPatchSize / 2 : encoderPatchSize
    }

    /// Checks the values by themselves and against the encoder's patches.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate(encoderPatchSize: Int) throws {
      if kind == .dalle { try validateWeights() }
      guard vocabulary >= 2 else {
        throw InvalidSetting("tokenizer.vocabulary", "must be at least 2, not \(vocabulary)")
      }
      guard view != .half || encoderPatchSize % 2 == 0 else {
        throw InvalidSetting(
          "tokenizer.view", "patches of \(encoderPatchSize) pixels cannot be seen at half the size; use full")
      }
      guard kind == .kMeans else { return }
      guard iterations >= 1 else {
        throw InvalidSetting("tokenizer.iterations", "must be at least 1, not \(iterations)")
      }
      guard samples >= vocabulary else {
        throw InvalidSetting(
          "tokenizer.samples", "\(samples) patches do not make \(vocabulary) words; use at least as many")
      }
    }
  }

  /// All that, with the training images, decides what the words are.
  public struct Specification: Codable, Hashable, Sendable {
    /// How the vocabulary is made.
    public var config: Config
    /// Side of a patch in the tokenizer's view.
    public var patchSize: Int
    /// How the pixels are normalised.
    public var normalization: PixelNormalization
    /// The seed of every random draw.
    public var seed: UInt64
    /// The grid of an image's patches; only DALL-E's words need it.
    public var grid: PatchGrid?

    /// A vocabulary of patches of `patchSize` pixels; DALL-E's words have a normalisation of their own.
    public init(
      _ config: Config, patchSize: Int, normalization: PixelNormalization = .imageNet, seed: UInt64 = 0,
      grid: PatchGrid? = nil
    ) {
      self.config = config
      self.patchSize = patchSize
      self.normalization = config.kind == .dalle ? .logitLaplace : normalization
      self.seed = seed
      self.grid = grid
    }

    /// Values of a patch: C · p · p.
    public var dimension: Int { normalization.channelCount * patchSize * patchSize }
  }
}
