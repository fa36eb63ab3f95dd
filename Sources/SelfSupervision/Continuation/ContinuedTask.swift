import ImageLoading
public import Torch
import TorchNN
public import TorchOptim
public import Training

/// A method's task whose encoder goes on from other weights, as a ``Continuation`` says.
///
/// The encoder's keys begin with `encoder.` in every method's model, and with `network.encoder.` in a teacher.
public final class ContinuedTask: TaskWrapper {
  private static let encoderKey = "encoder."

  /// The method's.
  public let task: any TrainingTask
  private let continuation: Continuation
  private let depth: Int
  private let restSteps: Int

  /// - Parameters:
  ///   - task: of a method that learns without classes.
  ///   - continuation: how careful to be.
  ///   - depth: the encoder's blocks.
  ///   - restSteps: updates in which the encoder rests.
  public init(_ task: any TrainingTask, _ continuation: Continuation, depth: Int, restSteps: Int) {
    (self.task, self.continuation, self.depth, self.restSteps) = (task, continuation, depth, restSteps)
  }

  /// Gives the encoder, and a teacher's, the weights to go on from.
  ///
  /// - Parameter encoder: the state of an encoder.
  /// - Throws: `StateMismatch` for an encoder of another shape.
  public func begin(from encoder: [String: Tensor]) throws {
    func parts(_ module: Module?, _ prefix: String) -> [(name: String, parameter: Parameter)] {
      (module?.namedParameters ?? []).filter { $0.key.hasPrefix(prefix) }
        .map { (String($0.key.dropFirst(prefix.count)), $0.parameter) }
    }
    let teacher = parts(task.auxiliary, "network." + Self.encoderKey)
    for network in [parts(model, Self.encoderKey), teacher] where !network.isEmpty {
      let state = Dictionary(uniqueKeysWithValues: network.map { ($0.name, $0.parameter.value) })
      try StateMismatch.check(encoder, against: state)
      for (name, parameter) in network { parameter.assign(encoder[name]!) }
    }
  }

  /// By layers of the encoder, whose rates are lower.
  public func parameterGroups(weightDecay: Double) -> [AdamW.Group] {
    LayerwiseDecay.groups(
      model, encoder: Self.encoderKey, depth: depth, decay: continuation.layerDecay, weightDecay: weightDecay
    ).flatMap { group in
      [true, false].map { isEncoder in
        AdamW.Group(
          parameters: group.parameters.filter { $0.key.hasPrefix(Self.encoderKey) == isEncoder },
          weightDecay: group.weightDecay,
          learningRateScale: group.learningRateScale * (isEncoder ? continuation.learningRateScale : 1))
      }
    }.filter { !$0.parameters.isEmpty }
  }

  /// Drops the gradients of an encoder that rests.
  public func willUpdate(in context: StepContext) {
    task.willUpdate(in: context)
    guard context.step < restSteps else { return }
    for named in model.namedParameters where named.key.hasPrefix(Self.encoderKey) {
      named.parameter.value.gradient = nil
    }
  }
}
