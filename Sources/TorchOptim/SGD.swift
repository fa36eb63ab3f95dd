public import Torch
public import TorchNN

/// Stochastic gradient descent with momentum, over groups of parameters, as PyTorch's.
///
/// The velocity is `momentum · velocity + gradient`, and the step is the velocity times the learning rate.
public final class SGD {
  private struct GroupState {
    let group: AdamW.Group
    let velocities: [Tensor]
  }

  private let states: [GroupState]
  private let momentum: Double

  /// - Parameters:
  ///   - groups: as ``AdamW``'s, but weight decay is not decoupled: it is added to the gradient.
  ///   - momentum: how much of the last step's velocity remains; 0 is plain descent.
  public init(_ groups: [AdamW.Group], momentum: Double = 0.9) {
    self.momentum = momentum
    states = noGrad {
      groups.filter { !$0.parameters.isEmpty }.map { group in
        GroupState(group: group, velocities: group.parameters.map { $0.parameter.value.zerosLike() })
      }
    }
  }

  /// Every parameter that this optimizer updates.
  public var parameters: [Parameter] { states.flatMap { $0.group.parameters.map(\.parameter) } }

  /// Updates every parameter that has a gradient.
  ///
  /// - Parameters:
  ///   - learningRate: before a group's own scale.
  ///   - clipping: what ``GradientClipping`` found; nil updates without clipping or skipping.
  public func update(learningRate: Double, clipping: GradientClipping? = nil) {
    noGrad {
      for state in states {
        let parameters = state.group.parameters.map(\.parameter.value)
        let gradients = parameters.map(\.gradient)
        let present = gradients.indices.filter { gradients[$0] != nil }
        guard !present.isEmpty else { continue }
        TensorList.fusedSGD(
          parameters: present.map { parameters[$0] }, gradients: present.map { gradients[$0]! },
          velocities: momentum == 0 ? [] : present.map { state.velocities[$0] },
          learningRate: learningRate * state.group.learningRateScale, momentum: momentum,
          weightDecay: state.group.weightDecay, gradientScale: clipping?.divisor, skip: clipping?.skip)
      }
    }
  }

  /// Forgets the gradients.
  public func clearGradients() {
    for parameter in parameters { parameter.value.gradient = nil }
  }

  /// The velocities, by key.
  public var stateDictionary: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for state in states {
      for (named, velocity) in zip(state.group.parameters, state.velocities) {
        result["velocity." + named.key] = velocity
      }
    }
    return result
  }

  /// Continues from a saved state.
  ///
  /// - Throws: `StateMismatch` when keys or shapes differ; nothing is changed then.
  public func load(_ saved: [String: Tensor]) throws {
    try StateMismatch.check(saved, against: stateDictionary)
    noGrad {
      for (key, tensor) in stateDictionary { tensor.copyInPlace(saved[key]!) }
    }
  }
}
