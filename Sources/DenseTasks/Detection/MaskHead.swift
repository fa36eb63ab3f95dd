public import ImageLoading
public import Torch
public import TorchNN

/// Says of every place of a region whether it belongs to the object, class by class (Mask R-CNN, arXiv 1703.06870;
/// mmdetection 2.11, fcn_mask_head.py).
public final class MaskHead: Module {
  /// Four 3 × 3 convolutions, each before a ReLU.
  public let convs: [Conv2d]
  /// Doubles the size.
  public let upsample: ConvTranspose2d
  /// 1 × 1 to a logit a class.
  public let convLogits: Conv2d
  /// Classes.
  public let classCount: Int

  /// Bins of a region's side.
  package static let regionSide = 14
  /// Pixels of a mask's side.
  public static let side = 28

  /// Fresh weights: Kaiming's normal distribution, biases of zero.
  public init(channels: Int, classCount: Int, using generator: inout some RandomNumberGenerator) {
    self.classCount = classCount
    var convs: [Conv2d] = []
    for _ in 0..<4 {
      convs.append(Conv2d(weight: Initializer.kaimingNormal([channels, channels, 3, 3], using: &generator)))
    }
    self.convs = convs
    upsample = ConvTranspose2d(
      weight: Initializer.kaimingNormal([channels, channels, 2, 2], using: &generator))
    convLogits = Conv2d(weight: Initializer.kaimingNormal([classCount, channels, 1, 1], using: &generator))
  }

  /// Logits `[R, classes, 28, 28]`, float32, of regions' features `[R, C, 14, 14]`.
  public func callAsFunction(_ features: Tensor) -> Tensor {
    let hidden = convs.reduce(features) { $1($0).relu() }
    return convLogits(upsample(hidden).relu()).to(.float32)
  }

  /// The cross-entropy of the positives' masks for their own class, the mean over all pixels; 0 without positives.
  ///
  /// - Parameters:
  ///   - logits: of the positives in their order.
  ///   - sample: the regions that were drawn.
  ///   - targets: every image's objects, with masks.
  public func loss(_ logits: Tensor, sample: RegionSample, targets: [DetectionTarget]) -> Tensor {
    let count = sample.positives.count
    let wanted = zip(sample.positives, sample.truths).flatMap { position, truth in
      let region = sample.regions[position]
      guard let masks = targets[region.image].masks else { fatalError("the mask head needs targets with masks") }
      return MaskTargets(side: MaskHead.side).target(masks[truth], in: region.box)
    }
    let own = ownClass(logits, labels: sample.positives.map { sample.labels[$0] })
    let target = Tensor(wanted, shape: [count, MaskHead.side, MaskHead.side]).to(logits.device)
    return own.summedBinaryCrossEntropy(target) / Double(max(1, count * MaskHead.side * MaskHead.side))
  }

  /// Every region's logits for one class, `[R, 28, 28]`.
  private func ownClass(_ logits: Tensor, labels: [Int]) -> Tensor {
    let rows = labels.enumerated().map { $0 * classCount + $1 }
    return logits.reshaped([-1, MaskHead.side, MaskHead.side]).indexSelect(0, Tensor(rows).to(logits.device))
  }

  /// Every region's probabilities for its class, `side²` values each. Waits for the device once.
  public func probabilities(_ logits: Tensor, labels: [Int]) -> [[Float]] {
    let values = noGrad { ownClass(logits, labels: labels).sigmoid() }.array(of: Float.self)
    let size = MaskHead.side * MaskHead.side
    return labels.indices.map { Array(values[$0 * size..<($0 + 1) * size]) }
  }
}
