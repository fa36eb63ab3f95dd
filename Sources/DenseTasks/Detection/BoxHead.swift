public import ImageLoading
public import Torch
public import TorchNN

/// Says of every region what it shows and where that is exactly, class by class
/// (mmdetection 2.11, convfc_bbox_head.py).
public final class BoxHead: Module {
  /// Two layers that both answers share.
  public let sharedFcs: [Linear]
  /// To a logit a class, background last.
  public let fcCls: Linear
  /// To four changes of the box a class.
  public let fcReg: Linear
  /// Classes without background.
  public let classCount: Int

  /// Bins of a region's side.
  public static let side = 7

  /// Fresh weights: Xavier's uniform distribution for the shared layers, normal distributions with standard deviations 0.01
  /// and 0.001 for the last ones.
  public init(
    channels: Int, hidden: Int, classCount: Int, using generator: inout some RandomNumberGenerator
  ) {
    self.classCount = classCount
    func shared(_ inputs: Int) -> Linear {
      Linear(
        weight: Initializer.xavierUniform([hidden, inputs], using: &generator), bias: Tensor.zeros([hidden]))
    }
    func last(_ outputs: Int, _ deviation: Double) -> Linear {
      Linear(
        weight: Initializer.normal([outputs, hidden], standardDeviation: deviation, using: &generator),
        bias: Tensor.zeros([outputs]))
    }
    sharedFcs = [shared(channels * BoxHead.side * BoxHead.side), shared(hidden)]
    fcCls = last(classCount + 1, 0.01)
    fcReg = last(4 * classCount, 0.001)
  }

  /// What the head says of regions.
  public struct Output {
    /// `[R, classes + 1]`, float32.
    public let logits: Tensor
    /// `[R, classes, 4]`, float32.
    public let deltas: Tensor

    /// What a head says, by region.
    public init(logits: Tensor, deltas: Tensor) {
      self.logits = logits
      self.deltas = deltas
    }
  }

  /// - Parameter features: `[R, C, 7, 7]`.
  public func callAsFunction(_ features: Tensor) -> Output {
    let count = features.shape[0]
    let hidden = sharedFcs.reduce(features.reshaped([count, features.shape[1] * BoxHead.side * BoxHead.side])) {
      $1($0).relu()
    }
    return Output(
      logits: fcCls(hidden).to(.float32), deltas: fcReg(hidden).to(.float32).reshaped([count, classCount, 4]))
  }
}

extension BoxHead {
  /// The two losses of the head.
  public struct Losses {
    /// Cross-entropy of the class.
    public let classification: Tensor
    /// The absolute error of the positives' changes for their own class.
    public let box: Tensor
  }

  /// Both losses summed and divided by the number of all sampled regions.
  public func losses(_ output: Output, sample: RegionSample, targets: [DetectionTarget]) -> Losses {
    let device = output.logits.device
    let divisor = Double(max(1, sample.regions.count))
    let wanted = zip(sample.positives, sample.truths).flatMap { position, truth in
      let region = sample.regions[position]
      let deltas = BoxCoder.boxHead.encode(targets[region.image].boxes[truth], from: region.box)
      return [deltas.x, deltas.y, deltas.z, deltas.w]
    }
    let rows = sample.positives.map { $0 * classCount + sample.labels[$0] }
    let predicted = output.deltas.reshaped([-1, 4]).indexSelect(0, Tensor(rows).to(device))
    let error = predicted - Tensor(wanted, shape: [rows.count, 4]).to(device)
    return Losses(
      classification: output.logits.summedCrossEntropy(Tensor(sample.labels).to(device)) / divisor,
      box: error.absolute().sum() / divisor)
  }
}
