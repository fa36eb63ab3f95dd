import SplitMaskCore
public import Torch

extension PatchTokenizer {
  /// How far the making of a vocabulary is.
  public enum Progress: Hashable, Sendable {
    /// Patches are being read.
    case reading(patches: Int, of: Int)
    /// A pass of k-means is under way: so many of its patches have found their centroid.
    case assigning(iteration: Int, of: Int, patches: Int, total: Int)
    /// A pass of k-means is done; `distance` is the patches' mean squared distance to their centroids before it.
    case clustering(iteration: Int, of: Int, distance: Double, emptyClusters: Int)

    /// Reports it as a `WorkProgress`.
    public func report() {
      switch self {
      case .reading(let patches, let total):
        WorkProgress.report("visual words: reading patches", done: patches, total: total)
      case .assigning(let iteration, let count, let patches, let total):
        WorkProgress.report("visual words: k-means \(iteration)/\(count), patches", done: patches, total: total)
      case .clustering: break
      }
    }
  }

  /// Makes the vocabulary that a specification describes.
  ///
  /// The same specification and source give the same words on the same CPU.
  ///
  /// - Parameters:
  ///   - specification: what the words are and how many.
  ///   - source: training patches; a random projection does not look at them.
  ///   - device: the device to compute on.
  ///   - progress: called every second or more often; what it throws ends the making. By default a `WorkProgress` is
  ///     reported.
  /// - Throws: `InvalidSetting` when there are too few patches for the words, what the source throws, and for DALL-E's words
  ///   what ``dalle(_:device:)`` throws.
  public static func make(
    _ specification: Specification, from source: some PatchSource, device: Device,
    progress: (Progress) throws -> Void = { $0.report() }
  ) throws -> PatchTokenizer {
    switch specification.config.kind {
    case .randomProjection: randomProjection(specification, device: device)
    case .randomPatches: try randomPatches(specification, from: source, device: device, progress: progress)
    case .kMeans: try kMeans(specification, from: source, device: device, progress: progress)
    case .dalle: try dalle(specification, device: device)
    }
  }

  /// Random directions; their components follow the configured distribution.
  public static func randomProjection(_ specification: Specification, device: Device) -> PatchTokenizer {
    var generator = specification.generator()
    let lower = specification.config.distribution == .uniform ? 0.0 : -1.0
    let draws = Tensor(shape: [specification.config.vocabulary, specification.dimension], dtype: .float32) { bytes in
      let values = bytes.bindMemory(to: Float.self)
      for position in values.indices {
        values[position] = Float(Double.random(in: lower..<1, using: &generator))
      }
    }
    return noGrad { PatchTokenizer(specification, directions: draws.to(device), prototypes: nil) }
  }

  /// Patches of training images, from as many different images as there are.
  ///
  /// - Throws: `InvalidSetting` when there are too few patches for the words, and what the source throws.
  public static func randomPatches(
    _ specification: Specification, from source: some PatchSource, device: Device,
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> PatchTokenizer {
    var generator = specification.generator()
    return try noGrad {
      var draw = RandomPatchDraw(specification, imageCount: source.imageCount)
      let values = try draw.patches(from: source, device: device, using: &generator, progress: progress)
      return PatchTokenizer(specification, directions: values, prototypes: values)
    }
  }

  /// Euclidean centroids of training patches.
  ///
  /// - Throws: `InvalidSetting` when there are too few patches for the words, and what the source throws.
  public static func kMeans(
    _ specification: Specification, from source: some PatchSource, device: Device,
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> PatchTokenizer {
    var generator = specification.generator()
    return try noGrad {
      let sample = try PatchSample(specification, from: source, device: device, progress: progress)
      let clustering = KMeans(sample: sample, clusterCount: specification.config.vocabulary)
      let centroids = try clustering.centroids(
        iterations: specification.config.iterations, using: &generator, progress: progress)
      return PatchTokenizer(specification, directions: centroids, prototypes: centroids)
    }
  }
}

extension PatchTokenizer.Specification {
  /// The generator of all draws.
  func generator() -> SeededGenerator {
    SeededGenerator(seed: seed, purpose: .tokenizer)
  }

  /// The error for a data set that cannot fill the vocabulary.
  func tooFewPatches(_ found: Int) -> InvalidSetting {
    InvalidSetting(
      "tokenizer.vocabulary",
      "the images hold only \(found) usable patches for \(config.vocabulary) words; use --vocabulary \(max(2, found)) "
        + "or less, more images, or --tokenizer random-projection")
  }
}

/// Passes over a data set after which a search for more patches is given up.
let maximumPasses = 16
