public import Torch
public import TorchNN

/// AdamW by libtorch's fused kernel, over groups of parameters.
public final class AdamW {
  /// Parameters that share their settings.
  public struct Group {
    /// The parameters with their keys.
    public let parameters: [Module.NamedParameter]
    /// The decoupled weight decay; 0 is none, whatever an update says.
    public let weightDecay: Double
    /// Multiplies the learning rate, for layer-wise decay.
    public let learningRateScale: Double

    /// A group; the learning rate is the step's own by default.
    public init(parameters: [Module.NamedParameter], weightDecay: Double, learningRateScale: Double = 1) {
      self.parameters = parameters
      self.weightDecay = weightDecay
      self.learningRateScale = learningRateScale
    }
  }

  private struct GroupState {
    let group: Group
    let firstMoments: [Tensor]
    let secondMoments: [Tensor]
    /// Updates so far, on the parameters' device, so that a skipped update needs no look at the host. Each group counts
    /// its own: one whose gradients were dropped for a while starts its averages later than the others.
    let step: Tensor
  }

  private let states: [GroupState]
  private let one: Tensor
  private let betas: (Double, Double)
  private let epsilon: Double

  /// Defaults are BEiT's (microsoft/unilm, beit/run_beit_pretraining.py).
  public init(_ groups: [Group], betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8) {
    self.betas = betas
    self.epsilon = epsilon
    states = noGrad {
      groups.filter { !$0.parameters.isEmpty }.map { group in
        GroupState(
          group: group,
          firstMoments: group.parameters.map { $0.parameter.value.zerosLike() },
          secondMoments: group.parameters.map { $0.parameter.value.zerosLike() },
          step: Tensor.zeros([], device: group.parameters[0].parameter.value.device))
      }
    }
    guard let first = states.first?.firstMoments.first else { fatalError("AdamW needs at least one parameter") }
    one = Tensor.ones([], device: first.device)
  }

  /// Every parameter that this optimizer updates.
  public var parameters: [Parameter] { states.flatMap { $0.group.parameters.map(\.parameter) } }

  /// Updates every parameter that has a gradient.
  ///
  /// - Parameters:
  ///   - learningRate: before a group's own scale.
  ///   - weightDecay: of the groups that have any; nil is each group's own.
  ///   - clipping: what ``GradientClipping`` found; nil updates without clipping or skipping.
  public func update(learningRate: Double, weightDecay: Double? = nil, clipping: GradientClipping? = nil) {
    noGrad {
      let count = clipping.map { one - $0.skip } ?? one
      for state in states {
        let decay = state.group.weightDecay == 0 ? 0 : weightDecay ?? state.group.weightDecay
        update(state, learningRate: learningRate, weightDecay: decay, clipping: clipping, count: count)
      }
    }
  }

  private func update(
    _ state: GroupState, learningRate: Double, weightDecay: Double, clipping: GradientClipping?, count: Tensor
  ) {
    let parameters = state.group.parameters.map(\.parameter.value)
    let gradients = parameters.map(\.gradient)
    let present = gradients.indices.filter { gradients[$0] != nil }
    guard !present.isEmpty else { return }
    state.step.addInPlace(count)
    TensorList.fusedAdamW(
      parameters: present.map { parameters[$0] }, gradients: present.map { gradients[$0]! },
      firstMoments: present.map { state.firstMoments[$0] }, secondMoments: present.map { state.secondMoments[$0] },
      steps: present.map { _ in state.step }, learningRate: learningRate * state.group.learningRateScale, betas: betas,
      weightDecay: weightDecay, epsilon: epsilon, gradientScale: clipping?.divisor, skip: clipping?.skip)
  }

  /// Forgets the gradients; the next backward pass then hands its own buffers over instead of adding to old ones.
  public func clearGradients() {
    for parameter in parameters { parameter.value.gradient = nil }
  }

  /// The moments and the groups' numbers of updates, by key.
  public var stateDictionary: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (number, state) in states.enumerated() {
      result[number == 0 ? "step" : "step.\(number)"] = state.step
      for (position, named) in state.group.parameters.enumerated() {
        result["first_moment." + named.key] = state.firstMoments[position]
        result["second_moment." + named.key] = state.secondMoments[position]
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
