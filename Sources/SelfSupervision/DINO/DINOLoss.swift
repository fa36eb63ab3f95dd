public import Torch

/// DINO's loss (facebookresearch/dino, main_dino.py): the cross-entropy between what the teacher says of a global crop
/// and what the student says of every other crop of the same image.
public struct DINOLoss: Sendable {
  /// Divides the student's output.
  public let studentTemperature: Double
  /// Global crops, which the teacher sees.
  package static let globalCount = 2

  /// What one batch gives.
  public struct Result {
    /// The mean over pairs of crops and images, a scalar with a history.
    public let loss: Tensor
    /// The teacher's distributions of the global crops, `[2 · B, outputs]`, without a history.
    public let targets: Tensor
  }

  /// A loss with the student's temperature.
  public init(studentTemperature: Double) {
    self.studentTemperature = studentTemperature
  }

  /// - Parameters:
  ///   - student: outputs of all crops, crop by crop, global ones first, `[V · B, outputs]`.
  ///   - teacher: outputs of the two global crops, `[2 · B, outputs]`.
  ///   - center: subtracted from the teacher's, `[1, outputs]`.
  ///   - teacherTemperature: divides the teacher's centred outputs.
  public func callAsFunction(student: Tensor, teacher: Tensor, center: Tensor, teacherTemperature: Double) -> Result {
    let count = teacher.shape[0] / DINOLoss.globalCount
    let cropCount = student.shape[0] / count
    let targets = noGrad { ((teacher.to(.float32) - center) * (1 / teacherTemperature)).softmax(1) }
    let logarithms = (student.to(.float32) * (1 / studentTemperature)).logSoftmax(1)
    // A global crop learns from the other one's target, a local crop from both. Targets are added up before they meet
    // the student's outputs, so each output is visited once, not once a pair.
    let (first, second) = (targets.narrowed(0, start: 0, count: count), targets.narrowed(0, start: count, count: count))
    let exchanged = noGrad { Tensor.concatenate([second, first]) }
    let globals = logarithms.narrowed(0, start: 0, count: DINOLoss.globalCount * count)
    var sum = (exchanged * globals).sum()
    let localCount = cropCount - DINOLoss.globalCount
    if localCount > 0 {
      let locals = logarithms.narrowed(0, start: DINOLoss.globalCount * count, count: localCount * count)
      let both = noGrad { first + second }
      sum = sum + (both * locals.reshaped([localCount, count, -1]).sum([0])).sum()
    }
    let pairs = DINOLoss.globalCount * (cropCount - 1)
    return Result(loss: sum * (-1 / Double(pairs * count)), targets: targets)
  }

  /// The mean entropy of distributions `[S, outputs]`: near 0 when each is a single output, ln(outputs) when all
  /// outputs are alike.
  public static func entropy(_ targets: Tensor) -> Tensor {
    noGrad { (targets * targets.clamped(1e-30).logarithm()).sum() * (-1 / Double(targets.shape[0])) }
  }
}
