import SplitMaskCore
public import Torch
public import TorchNN
import TorchOptim

/// A linear classifier that learns beside a pretraining run, from features it sends no gradient to: it shows whether the
/// classes become easier to tell apart, and changes nothing about the run.
///
/// It has weights drawn by a generator of its own and an AdamW of its own. Features are normalised over their values
/// first, since their size drifts while the encoder learns. Its parameters are the classifier and the optimizer's state,
/// so that saved and loaded as a module it goes on to the same bits.
public final class OnlineProbe: Module {
  /// The state of the classifier's AdamW, named as part of the module.
  private final class Moments: Module {
    let step: Parameter
    let weightFirst: Parameter
    let weightSecond: Parameter
    let biasFirst: Parameter
    let biasSecond: Parameter

    /// The parameters are the optimizer's own tensors: what is loaded into them, it goes on from.
    init(_ state: [String: Tensor]) {
      step = Parameter(state["step"]!)
      weightFirst = Parameter(state["first_moment.weight"]!)
      weightSecond = Parameter(state["second_moment.weight"]!)
      biasFirst = Parameter(state["first_moment.bias"]!)
      biasSecond = Parameter(state["second_moment.bias"]!)
      super.init()
      setRequiresGradient(false)
    }
  }

  /// The name under which the accuracy is logged.
  public static let metricName = "probe_accuracy"

  /// `[C, D]`.
  public let weight: Parameter
  /// `[C]`.
  public let bias: Parameter
  private let moments: Moments
  private let optimizer: AdamW
  private let learningRate: Double

  /// A fresh classifier on a device, which it stays on.
  ///
  /// - Parameters:
  ///   - width: values of a feature vector, D.
  ///   - classCount: classes, C.
  ///   - seed: the run's; the draw is of a purpose that no other has.
  ///   - device: where its weights stay.
  ///   - learningRate: the same at every step, since the features never stand still.
  public init(width: Int, classCount: Int, seed: UInt64, device: Device, learningRate: Double = 1e-3) {
    var generator = SeededGenerator(seed: seed, purpose: .onlineProbe)
    weight = Parameter(
      Initializer.truncatedNormal([classCount, width], standardDeviation: 0.01, using: &generator).to(device))
    bias = Parameter(Tensor.zeros([classCount], device: device))
    optimizer = AdamW([AdamW.Group(parameters: [("weight", weight), ("bias", bias)], weightDecay: 1e-4)])
    moments = Moments(optimizer.stateDictionary)
    self.learningRate = learningRate
  }

  /// One update by a batch; call it where autograd records, as a task's loss does.
  ///
  /// - Parameters:
  ///   - features: `[B, D]`; detached here.
  ///   - labels: `[B]` int64.
  ///   - processes: who learn together, each from its share of the batch.
  /// - Returns: the share of the batch that was classified rightly before the update, from 0 to 1: a scalar on the device,
  ///   to be logged under ``metricName``.
  public func learn(features: Tensor, labels: Tensor, processes: ProcessGroup) -> Tensor {
    let inputs = features.detached().to(.float32).layerNorm(weight: nil, bias: nil, epsilon: 1e-6)
    let logits = inputs.linear(weight.value, bias: bias.value).to(.float32)
    logits.crossEntropy(labels).backward()
    for parameter in [weight.value, bias.value] { parameter.gradient = parameter.gradient.map(processes.mean) }
    optimizer.update(learningRate: learningRate, clipping: GradientClipping([weight, bias], maximumNorm: nil))
    optimizer.clearGradients()
    return noGrad { logits.detached().argmax(1).isEqual(to: labels).to(.float32).mean() }
  }
}
