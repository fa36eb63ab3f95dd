import Torch
import TorchNN

/// Layer-wise adaptive rate scaling (You, Gitman and Ginsburg, arXiv 1708.03888) as MAE's linear probe has it
/// (facebookresearch/mae, util/lars.py): every matrix moves by a share of its own norm, which keeps large batches
/// stable.
///
/// The gradient, with weight decay added, is multiplied by `trust · ‖parameter‖ / ‖gradient‖` where both norms are above
/// zero; then momentum as in ``SGD``. Parameters of one dimension or none are neither scaled nor decayed.
public final class LARS {
  private struct GroupState {
    let group: AdamW.Group
    let velocities: [Tensor]
  }

  private let states: [GroupState]
  private let momentum: Double
  private let trust: Double

  /// - Parameters:
  ///   - groups: as ``AdamW``'s, but weight decay is added to the gradient.
  ///   - momentum: how much of the last step's velocity remains.
  ///   - trust: the share of a parameter's norm that a step of learning rate 1 takes.
  public init(_ groups: [AdamW.Group], momentum: Double = 0.9, trust: Double = 0.001) {
    self.momentum = momentum
    self.trust = trust
    states = noGrad {
      groups.filter { !$0.parameters.isEmpty }.map { group in
        GroupState(group: group, velocities: group.parameters.map { $0.parameter.value.zerosLike() })
      }
    }
  }

  /// Updates every parameter that has a gradient.
  ///
  /// - Parameter learningRate: before a group's own scale.
  public func update(learningRate: Double) {
    noGrad {
      for state in states {
        for (named, velocity) in zip(state.group.parameters, state.velocities) {
          let parameter = named.parameter.value
          guard let gradient = parameter.gradient else { continue }
          velocity.multiplyInPlace(momentum)
          velocity.addInPlace(direction(gradient, of: parameter, weightDecay: state.group.weightDecay))
          parameter.addInPlace(velocity, scale: -learningRate * state.group.learningRateScale)
        }
      }
    }
  }

  /// The gradient as it enters the velocity.
  private func direction(_ gradient: Tensor, of parameter: Tensor, weightDecay: Double) -> Tensor {
    guard parameter.rank > 1 else { return gradient }
    let decayed = weightDecay == 0 ? gradient : gradient + parameter * weightDecay
    let norm = decayed.norm()
    let ratio = parameter.norm() * trust / norm
    let zero = norm.zerosLike()
    let isUsable = ratio.isGreater(than: zero) * ratio.isFinite()
    return decayed * ratio.replacing(with: Tensor.ones([], device: norm.device), where: isUsable.logicalNot())
  }

  /// Forgets the gradients.
  public func clearGradients() {
    for state in states {
      for named in state.group.parameters { named.parameter.value.gradient = nil }
    }
  }
}
