public import Torch

/// What the normalisations over a batch have in common: its statistics in training, and what evaluation keeps of them.
public class BatchNorm: Module {
  /// The mean that evaluation uses, `[C]`, initially 0. A part of the saved state that no optimizer updates.
  public let runningMean: Parameter
  /// The variance that evaluation uses, `[C]`, initially 1. A part of the saved state that no optimizer updates.
  public let runningVar: Parameter
  /// Over whose batches values are normalised in training.
  fileprivate var processes = ProcessGroup.alone
  private let epsilon: Double
  private let momentum: Double

  init(channels: Int, epsilon: Double, momentum: Double) {
    runningMean = Parameter(Tensor.zeros([channels]))
    runningVar = Parameter(Tensor.ones([channels]))
    self.epsilon = epsilon
    self.momentum = momentum
    super.init()
    runningMean.value.requiresGradient = false
    runningVar.value.requiresGradient = false
  }

  /// `[B, C, …]` to the same, scaled by a weight and shifted by a bias, `[C]` each, where they are given.
  func normalized(_ input: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, training: Bool) -> Tensor {
    guard !training || processes.isAlone else { return synchronized(input, weight: weight, bias: bias) }
    return input.batchNorm(
      weight: weight, bias: bias, runningMean: runningMean.value, runningVariance: runningVar.value,
      training: training, momentum: momentum, epsilon: epsilon)
  }

  /// As in training, with the statistics of all processes' batches, which may differ in size.
  private func synchronized(_ input: Tensor, weight: Tensor?, bias: Tensor?) -> Tensor {
    let values = input.to(.float32)
    let axes = [0] + Array(2..<input.rank)
    func shaped(_ vector: Tensor) -> Tensor { vector.reshaped([1, -1] + [Int](repeating: 1, count: input.rank - 2)) }
    let count = noGrad {
      processes.summed(Tensor.full([], Double(input.elementCount / input.shape[1]), device: input.device))
    }
    let mean = processes.summed(values.sum(axes)) / count
    let centred = values - shaped(mean)
    let variance = processes.summed((centred * centred).sum(axes)) / count
    noGrad {
      let unbiased = variance.detached() * (count / (count - 1))
      move(runningMean.value, towards: mean.detached())
      move(runningVar.value, towards: unbiased)
    }
    let scale = (variance + epsilon).squareRoot().reciprocal()
    let scaled = centred * shaped(weight.map { scale * $0 } ?? scale)
    return (bias.map { scaled + shaped($0) } ?? scaled).to(input.dtype)
  }

  private func move(_ running: Tensor, towards value: Tensor) {
    running.multiplyInPlace(1 - momentum)
    running.addInPlace(value, scale: momentum)
  }
}

extension Module {
  /// From now on batch normalisation in training is over the batches of all processes.
  public func synchronizeBatchNorm(over processes: ProcessGroup) {
    for case let layer as BatchNorm in modules { layer.processes = processes }
  }
}

/// Normalisation of every feature over the batch, without a scale or a shift, as MAE's linear probe has it
/// (facebookresearch/mae, main_linprobe.py).
public final class BatchNorm1d: BatchNorm {
  /// - Parameters:
  ///   - dimension: values of a row, D.
  ///   - epsilon: added to the variance; MAE's 1e-6, not libtorch's 1e-5.
  ///   - momentum: how far a batch moves the running statistics.
  public init(_ dimension: Int, epsilon: Double = 1e-6, momentum: Double = 0.1) {
    super.init(channels: dimension, epsilon: epsilon, momentum: momentum)
  }

  /// `[B, D]` to `[B, D]`.
  ///
  /// - Parameters:
  ///   - input: `[B, D]`.
  ///   - training: whether the batch's own statistics are used, and kept; this takes two rows or more.
  public func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    normalized(input, training: training)
  }
}

/// Normalisation of every channel over the batch and all pixels, then a scale and a shift.
public final class BatchNorm2d: BatchNorm {
  /// `[C]`, initially 1.
  public let weight: Parameter
  /// `[C]`, initially 0.
  public let bias: Parameter

  /// - Parameters:
  ///   - channels: channels, C.
  ///   - epsilon: added to the variance.
  ///   - momentum: how far a batch moves the running statistics.
  public init(_ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) {
    weight = Parameter(Tensor.ones([channels]))
    bias = Parameter(Tensor.zeros([channels]))
    super.init(channels: channels, epsilon: epsilon, momentum: momentum)
  }

  /// `[B, C, H, W]` to the same.
  ///
  /// - Parameters:
  ///   - input: `[B, C, H, W]`.
  ///   - training: whether the batch's own statistics are used, and kept; this takes two values a channel or more.
  public func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    normalized(input, weight: weight.value, bias: bias.value, training: training)
  }
}
