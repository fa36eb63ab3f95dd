public import ImageCoding
public import Torch
public import TorchNN
import TorchOptim
public import Training
public import VisionModels

/// DINO's update of a batch of bytes: student, teacher, centre, and the loss between them.
public final class DINOStep {
  /// What is trained.
  public let student: DINOModel
  /// What follows it.
  public let teacher: DINOTeacher
  /// The settings, none of them automatic.
  public let config: DINO.ResolvedConfig

  private let loss: DINOLoss
  private let average: ExponentialMovingAverage
  private let globals: Patchifier
  private let locals: Patchifier
  /// The teacher's mean outputs of the batches of the update at hand.
  private var outputMeans: [Tensor] = []

  /// Fresh weights, the teacher a copy of the student.
  ///
  /// - Parameters:
  ///   - encoder: the encoder's shape.
  ///   - config: resolved.
  ///   - normalization: the mean and standard deviation of pixels.
  ///   - device: the device to compute on.
  ///   - generator: draws the first weights.
  /// - Throws: `InvalidSetting` for a shape that cannot be built.
  public init(
    encoder: VisionTransformer.Config, config: DINO.ResolvedConfig, normalization: PixelNormalization, device: Device,
    using generator: inout some RandomNumberGenerator
  ) throws {
    self.config = config
    student = try DINOModel(encoder: encoder, config: config, using: &generator)
    teacher = DINOTeacher(try DINOModel(encoder: encoder, config: config, using: &generator))
    average = ExponentialMovingAverage(of: student, in: teacher.network)
    loss = DINOLoss(studentTemperature: config.studentTemperature)
    let patchSize = encoder.patchSize
    let size = config.localSize
    globals = Patchifier(grid: encoder.grid, patchSize: patchSize, normalization: normalization, device: device)
    locals = Patchifier(
      grid: PatchGrid(rows: size.height / patchSize, columns: size.width / patchSize), patchSize: patchSize,
      normalization: normalization, device: device)
    student.move(to: device)
    teacher.move(to: device)
    average.copy()
  }

  /// The loss of a batch; remembers the teacher's outputs for the centre.
  ///
  /// - Parameters:
  ///   - views: `[B, H, W, C]` on the device, as the loader has them, two global crops first.
  ///   - teacherTemperature: of this pass over the data.
  ///   - depth: branches that the student leaves out, of global and local crops; empty keeps all.
  ///   - detailed: whether figures that cost time are wanted.
  public func loss(
    _ views: [Tensor], teacherTemperature: Double, depth: [StochasticDepth?] = [], detailed: Bool = false
  ) -> TaskLoss {
    let groups = noGrad {
      let split = DINOLoss.globalCount
      return [(views.prefix(split), globals), (views.dropFirst(split), locals)]
        .filter { !$0.0.isEmpty }.map { crops(Array($0.0), $0.1) }
    }
    let guide = noGrad { teacher.network([groups[0]]) }
    let outputs = guide.outputs.to(.float32)
    let result = loss(
      student: student(groups, depth: depth).outputs, teacher: outputs, center: teacher.center.value,
      teacherTemperature: teacherTemperature)
    outputMeans.append(noGrad { outputs.mean([0], keepingDimensions: true) })
    var terms = [(name: "loss", value: result.loss.detached())]
    if detailed { terms += details(result, outputs: outputs) }
    // The teacher's, since it is the teacher that is kept.
    return TaskLoss(
      total: result.loss, terms: terms,
      encoded: EncodedTokens(guide.encoded, prefixCount: teacher.network.encoder.prefixCount))
  }

  /// Crops of one size as sequences of all their patches.
  private func crops(_ views: [Tensor], _ patchifier: Patchifier) -> DINOModel.Crops {
    let bytes = patchifier.patches(views.count == 1 ? views[0] : Tensor.concatenate(views))
    let count = patchifier.grid.count
    let sequences = bytes.shape[0] / count
    return DINOModel.Crops(
      sequences: PatchSequences(
        bytes: bytes, rows: Tensor.range(0, bytes.shape[0], device: bytes.device).reshaped([sequences, count]),
        positions: Tensor.range(0, count, device: bytes.device).unsqueezed(0).expanded([sequences, count]),
        prefixCount: student.encoder.prefixCount, patchifier: patchifier),
      grid: patchifier.grid)
  }

  /// What tells a collapse: an entropy near 0 or ln(outputs), outputs that do not differ between images.
  private func details(_ result: DINOLoss.Result, outputs: Tensor) -> [(name: String, value: Tensor)] {
    noGrad {
      let entropy = DINOLoss.entropy(result.targets)
      // Cosines of vectors that spread evenly deviate by 1 / √bottleneck.
      let spread = outputs.variance([0]).squareRoot().mean() * Double(config.bottleneckDimension).squareRoot()
      return [
        ("teacher_entropy", entropy), ("teacher_student_kl", result.loss.detached() - entropy),
        ("teacher_output_std", spread), ("center_norm", teacher.center.value.norm()),
      ]
    }
  }

  /// Drops the gradients of the last layer, which rests in the first pass over the data.
  package func dropLastLayerGradients() {
    for parameter in student.head.lastLayer.parameters { parameter.value.gradient = nil }
  }

  /// Moves teacher and centre after an update.
  ///
  /// - Parameters:
  ///   - momentum: the share of the teacher that stays.
  ///   - skip: 1 on the device where the update was left out; both then stay as they are.
  ///   - processes: over whose outputs the centre is the mean.
  public func follow(momentum: Double, skip: Tensor, processes: ProcessGroup) {
    average.update(momentum: momentum, skip: skip)
    noGrad {
      let mean = processes.mean(outputMeans.dropFirst().reduce(outputMeans[0], +) / Double(outputMeans.count))
      let center = teacher.center.value
      let moved = center * config.centerMomentum + mean * (1 - config.centerMomentum)
      // Chosen, not multiplied by zero: what was left out may be NaN.
      center.copyInPlace(moved.replacing(with: center, where: skip.to(.bool)))
    }
    outputMeans.removeAll(keepingCapacity: true)
  }
}
