public import Torch

/// Normalisation of every channel over the batch and all pixels, then a scale and a shift.
public final class BatchNorm2d: Module {
  /// `[C]`, initially 1.
  public let weight: Parameter
  /// `[C]`, initially 0.
  public let bias: Parameter
  /// The mean that evaluation uses, `[C]`, initially 0. A part of the saved state that no optimizer updates.
  public let runningMean: Parameter
  /// The variance that evaluation uses, `[C]`, initially 1. A part of the saved state that no optimizer updates.
  public let runningVar: Parameter
  /// Over whose batches values are normalised in training.
  fileprivate var processes = ProcessGroup.alone
  private let epsilon: Double
  private let momentum: Double

  /// - Parameters:
  ///   - epsilon: added to the variance.
  ///   - momentum: how far a batch moves the running statistics.
  public init(_ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) {
    weight = Parameter(Tensor.ones([channels]))
    bias = Parameter(Tensor.zeros([channels]))
    runningMean = Parameter(Tensor.zeros([channels]))
    runningVar = Parameter(Tensor.ones([channels]))
    self.epsilon = epsilon
    self.momentum = momentum
    super.init()
    runningMean.value.requiresGradient = false
    runningVar.value.requiresGradient = false
  }

  /// `[B, C, H, W]` to the same.
  ///
  /// - Parameter training: whether the batch's own statistics are used, and kept; this takes two values a channel or
  ///   more.
  public func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    guard !training || processes.isAlone else { return synchronized(input) }
    return input.batchNorm(
      weight: weight.value, bias: bias.value, runningMean: runningMean.value, runningVariance: runningVar.value,
      training: training, momentum: momentum, epsilon: epsilon)
  }

  /// As in training, with the statistics of all processes' batches, which may differ in size.
  private func synchronized(_ input: Tensor) -> Tensor {
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
    let normalized = centred * shaped((variance + epsilon).squareRoot().reciprocal() * weight.value)
    return (normalized + shaped(bias.value)).to(input.dtype)
  }

  private func move(_ running: Tensor, towards value: Tensor) {
    running.multiplyInPlace(1 - momentum)
    running.addInPlace(value, scale: momentum)
  }
}

extension Module {
  /// From now on batch normalisation in training is over the batches of all processes.
  public func synchronizeBatchNorm(over processes: ProcessGroup) {
    for case let layer as BatchNorm2d in modules { layer.processes = processes }
  }
}
