public import Torch
public import TorchNN

/// A module that follows another: θ ← m θ + (1 − m) θ of the source (DINO, arXiv 2104.14294).
public struct ExponentialMovingAverage {
  private let source: [Parameter]
  private let average: [Parameter]

  /// - Parameters:
  ///   - source: what is followed.
  ///   - average: what follows; has the same keys and shapes, in the same order.
  public init(of source: Module, in average: Module) {
    let (followed, following) = (source.namedParameters, average.namedParameters)
    precondition(
      followed.map(\.key) == following.map(\.key), "a moving average has the parameters of the module it follows")
    self.source = followed.map(\.parameter)
    self.average = following.map(\.parameter)
  }

  /// Overwrites the average with the source.
  public func copy() {
    for (follower, parameter) in zip(average, source) { follower.assign(parameter.value) }
  }

  /// One step towards the source, by multi-tensor kernels.
  ///
  /// - Parameters:
  ///   - momentum: m, the share of the average that stays.
  ///   - skip: a scalar on the device that is 1 where the update was left out, so that the average stays as it is;
  ///     nothing here waits for it. nil never skips.
  public func update(momentum: Double, skip: Tensor? = nil) {
    noGrad {
      let (values, targets) = (average.map(\.value), source.map(\.value))
      guard let skip else {
        return TensorList.interpolateInPlace(values, towards: targets, weight: 1 - momentum)
      }
      TensorList.interpolateInPlace(values, towards: targets, weight: (1 - skip) * (1 - momentum))
    }
  }
}
