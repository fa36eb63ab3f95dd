public import Torch
public import TorchNN
import VisionModels

/// Says of every anchor whether it is on an object, and where the object is (Faster R-CNN, arXiv 1506.01497;
/// mmdetection 2.11, rpn_head.py).
public final class RegionProposalNetwork: Module {
  /// 3 × 3, shared by all levels.
  public let rpnConv: Conv2d
  /// 1 × 1 to a logit an anchor.
  public let rpnCls: Conv2d
  /// 1 × 1 to four changes an anchor.
  public let rpnReg: Conv2d
  /// What is proposed and learned.
  public let config: Config

  /// Fresh weights: a normal distribution with standard deviation 0.01, biases of zero.
  public init(channels: Int, config: Config = Config(), using generator: inout some RandomNumberGenerator) {
    func convolution(_ outputs: Int, kernel: Int) -> Conv2d {
      Conv2d(
        weight: Initializer.normal(
          [outputs, channels, kernel, kernel], standardDeviation: 0.01, using: &generator))
    }
    let anchors = config.anchors.ratios.count
    rpnConv = convolution(channels, kernel: 3)
    rpnCls = convolution(anchors, kernel: 1)
    rpnReg = convolution(4 * anchors, kernel: 1)
    self.config = config
  }

  /// What the network says of every anchor.
  public struct Output {
    /// Logits of being on an object, `[B, A]`, float32, in the anchors' order.
    public let logits: Tensor
    /// Changes of the anchors, `[B, A, 4]`, float32.
    public let deltas: Tensor
    /// The anchors.
    public let anchors: AnchorSet

    /// What a network says, by anchor.
    public init(logits: Tensor, deltas: Tensor, anchors: AnchorSet) {
      self.logits = logits
      self.deltas = deltas
      self.anchors = anchors
    }
  }

  /// - Parameter levels: `[B, C, h, w]`, finest first, one for each stride of the anchors.
  public func callAsFunction(_ levels: [Tensor]) -> Output {
    let batch = levels[0].shape[0]
    var logits: [Tensor] = []
    var deltas: [Tensor] = []
    for level in levels {
      let hidden = rpnConv(level).relu()
      logits.append(rpnCls(hidden).permuted([0, 2, 3, 1]).reshaped([batch, -1]))
      deltas.append(rpnReg(hidden).permuted([0, 2, 3, 1]).reshaped([batch, -1, 4]))
    }
    let shapes = levels.map { PatchGrid(rows: $0.shape[2], columns: $0.shape[3]) }
    return Output(
      logits: Tensor.concatenate(logits, along: 1).to(.float32),
      deltas: Tensor.concatenate(deltas, along: 1).to(.float32),
      anchors: config.anchors.anchors(shapes: shapes))
  }
}

extension RegionProposalNetwork {
  /// The anchors, what is learned from them and what is proposed (facebookresearch/xcit, detection/configs).
  public struct Config: Codable, Hashable, Sendable {
    /// The anchors.
    public var anchors = AnchorGenerator()
    /// Which anchors are objects.
    public var matcher = BoxMatcher.anchors
    /// Which anchors of an image the loss counts.
    public var sampler = BalancedSampler.anchors
    /// The best anchors of a level that become proposals in training, before overlapping ones are dropped.
    public var candidatesInTraining = 2000
    /// The same in evaluation.
    public var candidatesInEvaluation = 1000
    /// Proposals of an image.
    public var proposalCount = 1000
    /// The overlap that two proposals of a level may have.
    public var overlapThreshold: Float = 0.7

    /// The published values.
    public init() {}
  }
}
