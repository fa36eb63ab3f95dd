import Torch
import TorchOptim

/// The fit of a linear softmax classifier: mean cross-entropy plus ½ · weight decay · ‖weights‖², the bias free.
struct SoftmaxRegression {
  /// A classifier.
  struct Fit {
    /// `[D, C]` float64.
    let weight: Tensor
    /// `[1, C]` float64.
    let bias: Tensor
    /// Steps of the fit.
    let iterations: Int
    /// Whether a tolerance ended it, not the number of steps.
    let converged: Bool
  }

  private let features: Tensor
  private let labels: Tensor
  private let classCount: Int
  private let variances: Tensor

  /// Memory for the logits of one block of rows, near what the processor's caches hold.
  private static let blockBytes = 4 << 20

  /// - Parameters:
  ///   - features: `[N, D]` float32, near mean 0 and uncorrelated.
  ///   - variances: of each feature, `[D]` float64.
  init(features: Tensor, labels: [Int], classCount: Int, variances: Tensor) {
    self.features = features
    self.labels = Tensor(labels).to(features.device)
    self.classCount = classCount
    self.variances = variances
  }

  /// Fits from the weights of another fit, or from zero.
  func fit(weightDecay: Double, from start: Fit?, _ maximumIterations: Int) -> Fit {
    // The cross-entropy's curvature along a feature is about its variance times p (1 - p), with p near 1 / C. In
    // coordinates divided by the root of the whole curvature the problem is round, and the optimum is the same one.
    let share = 1 / Double(classCount) * (1 - 1 / Double(classCount))
    let biasScale = Tensor.full([1, 1], 1 / share.squareRoot(), dtype: .float64, device: features.device)
    let weightScale = (variances * share + weightDecay).squareRoot().reciprocal().unsqueezed(1)
    let scale = Tensor.concatenate([weightScale, biasScale])
    let shape = [scale.shape[0], classCount]
    let origin =
      start.map { Tensor.concatenate([$0.weight, $0.bias]) / scale }
      ?? Tensor.zeros(shape, dtype: .float64, device: features.device)
    var optimizer = LBFGS()
    optimizer.maximumIterations = maximumIterations
    optimizer.valueTolerance = 1e-9
    let result = optimizer.minimize(from: origin.reshaped([-1])) { point in
      let parameters = point.reshaped(shape) * scale
      let (value, gradient) = loss(parameters, weightDecay: weightDecay)
      return .init(value: value, gradient: (gradient * scale).reshaped([-1]))
    }
    let parameters = result.point.reshaped(shape) * scale
    return Fit(
      weight: parameters.narrowed(0, start: 0, count: shape[0] - 1),
      bias: parameters.narrowed(0, start: shape[0] - 1, count: 1), iterations: result.iterations,
      converged: result.converged)
  }

  /// Accuracy and mean cross-entropy of a fit on other images.
  func score(_ fit: Fit, features: Tensor, labels: Tensor) -> (accuracy: RankAccuracy, loss: Double) {
    var accuracy = RankAccuracy()
    var loss = 0.0
    let parameters = (fit.weight.to(.float32), fit.bias.to(.float32))
    for rows in blocks(of: features) {
      let wanted = labels.narrowed(0, start: rows.lowerBound, count: rows.count)
      let logProbabilities = logits(features, rows, parameters).logSoftmax(1)
      accuracy.add(scores: logProbabilities, labels: wanted)
      loss -= logProbabilities.gathered(1, wanted.unsqueezed(1)).to(.float64).sum().item()
    }
    return (accuracy, loss / Double(features.shape[0]))
  }

  /// The loss and its gradient, `[D + 1, C]` float64, the bias in the last row.
  private func loss(_ parameters: Tensor, weightDecay: Double) -> (value: Double, gradient: Tensor) {
    let width = parameters.shape[0] - 1
    let weight = parameters.narrowed(0, start: 0, count: width)
    let bias = parameters.narrowed(0, start: width, count: 1)
    let lowered = (weight.to(.float32), bias.to(.float32))
    let weightGradient = Tensor.zeros(lowered.0.shape, device: features.device)
    let biasGradient = Tensor.zeros(bias.shape, dtype: .float64, device: features.device)
    let total = Tensor.zeros([], dtype: .float64, device: features.device)
    for rows in blocks(of: features) {
      let wanted = labels.narrowed(0, start: rows.lowerBound, count: rows.count).unsqueezed(1)
      let logProbabilities = logits(features, rows, lowered).logSoftmax(1)
      total.addInPlace(logProbabilities.gathered(1, wanted).to(.float64).sum(), scale: -1)
      let difference = logProbabilities.exponentialInPlace()
      difference.scatterAddInPlace(1, wanted, -1)
      let block = features.narrowed(0, start: rows.lowerBound, count: rows.count)
      weightGradient.addMatrixProductInPlace(block.transposed(0, 1), difference)
      biasGradient.addInPlace(difference.sum([0], keepingDimensions: true).to(.float64))
    }
    let count = Double(features.shape[0])
    let decayed = weightGradient.to(.float64) / count + weight * weightDecay
    let penalty = 0.5 * weightDecay * (weight * weight).sum().item()
    return (total.item() / count + penalty, Tensor.concatenate([decayed, biasGradient / count]))
  }

  private func logits(_ features: Tensor, _ rows: Range<Int>, _ parameters: (weight: Tensor, bias: Tensor)) -> Tensor {
    features.narrowed(0, start: rows.lowerBound, count: rows.count)
      .matmul(parameters.weight, adding: parameters.bias)
  }

  private func blocks(of features: Tensor) -> [Range<Int>] {
    let count = features.shape[0]
    let rows = max(1, SoftmaxRegression.blockBytes / (4 * max(classCount, features.shape[1])))
    return stride(from: 0, to: count, by: rows).map { $0..<min(count, $0 + rows) }
  }
}
