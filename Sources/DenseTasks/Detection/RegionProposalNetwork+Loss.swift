public import ImageLoading
public import SplitMaskCore
public import Torch
public import VisionModels

extension RegionProposalNetwork {
  /// The two losses of the network.
  public struct Losses {
    /// Cross-entropy of being on an object.
    public let objectness: Tensor
    /// The absolute error of the positives' changes.
    public let box: Tensor
  }

  /// The losses of sampled anchors, summed and divided by the number of samples, where an image counts at least one
  /// positive and one negative.
  ///
  /// Matching and drawing need the true boxes only and wait for nothing.
  ///
  /// - Parameters:
  ///   - output: scores and box offsets of all anchors.
  ///   - sizes: every image's own size with its own padding.
  ///   - truths: every image's true boxes.
  ///   - generator: draws the anchors to learn from.
  public func losses(
    _ output: Output, sizes: [ImageSize], truths: [[Box]], using generator: inout SeededGenerator
  ) -> Losses {
    let boxes = output.anchors.boxes
    var samples = Samples(anchorCount: boxes.count)
    for (image, truths) in truths.enumerated() {
      let matches = config.matcher.match(output.anchors, boxes: boxes, in: sizes[image], to: truths)
      samples.add(config.sampler.sample(matches, using: &generator), image: image, anchors: boxes, truths: truths)
    }
    return losses(output, of: samples)
  }

  private func losses(_ output: Output, of samples: Samples) -> Losses {
    let device = output.logits.device
    let chosen = Tensor(samples.positives + samples.negatives).to(device)
    let isObject = Tensor(
      samples.positives.map { _ in Float(1) } + samples.negatives.map { _ in Float(0) }
    ).to(device)
    let logits = output.logits.reshaped([-1]).indexSelect(0, chosen)
    let predicted = output.deltas.reshaped([-1, 4]).indexSelect(0, Tensor(samples.positives).to(device))
    let wanted = Tensor(samples.deltas, shape: [samples.positives.count, 4]).to(device)
    let divisor = Double(samples.divisor)
    return Losses(
      objectness: logits.summedBinaryCrossEntropy(isObject) / divisor,
      box: (predicted - wanted).absolute().sum() / divisor)
  }

  /// The sampled anchors of a batch.
  private struct Samples {
    let anchorCount: Int
    /// Anchors of all images in one count.
    var positives: [Int] = []
    var negatives: [Int] = []
    /// Four changes of each positive.
    var deltas: [Float] = []
    var divisor = 0

    init(anchorCount: Int) {
      self.anchorCount = anchorCount
    }

    mutating func add(_ sample: BoxMatcher.Matches, image: Int, anchors: [Box], truths: [Box]) {
      positives += sample.positives.map { image * anchorCount + $0 }
      negatives += sample.negatives.map { image * anchorCount + $0 }
      for (anchor, truth) in zip(sample.positives, sample.truths) {
        let wanted = BoxCoder().encode(truths[truth], from: anchors[anchor])
        deltas += [wanted.x, wanted.y, wanted.z, wanted.w]
      }
      divisor += max(1, sample.positives.count) + max(1, sample.negatives.count)
    }
  }
}
