import Testing
import Torch
import TorchNN

@Suite struct LinearCrossEntropyTests {
  /// A problem whose inputs record gradients.
  private struct Problem {
    let hidden: Tensor
    let weight: Tensor
    let bias: Tensor
    let targets: Tensor

    init(rows: Int, words: Int, dtype: DType) {
      var random = SplitMix64(state: 5)
      hidden = random.tensor([rows, 12], dtype)
      weight = random.tensor([words, 12], dtype)
      bias = random.tensor([words], dtype)
      targets = Tensor((0..<rows).map { _ in Int.random(in: 0..<words, using: &random) })
      for input in inputs { input.requiresGradient = true }
    }

    var inputs: [Tensor] { [hidden, weight, bias] }
  }

  /// The unfused form: a linear layer, then libtorch's cross-entropy; the gradient of three times the loss.
  private func unfused(_ problem: Problem) -> (loss: Double, gradients: [Tensor]) {
    let loss = problem.hidden.linear(problem.weight, bias: problem.bias).crossEntropy(problem.targets)
    (loss * 3).backward()
    defer { for input in problem.inputs { input.gradient = nil } }
    return (loss.item(), problem.inputs.map { $0.gradient! })
  }

  @Test(
    arguments: [(1, 1 << 20), (37, 1), (37, 5 * 4 * 50), (64, 8 * 4 * 50), (64, 1 << 20)], [DType.float32, .float64])
  func theBlocksGiveWhatTheWholeGives(rowsAndBytes: (Int, Int), dtype: DType) {
    let problem = Problem(rows: rowsAndBytes.0, words: 50, dtype: dtype)
    let expected = unfused(problem)
    let result = LinearCrossEntropy.loss(
      hidden: problem.hidden, weight: problem.weight, bias: problem.bias, targets: problem.targets, predicting: true,
      blockBytes: rowsAndBytes.1)
    (result.loss * 3).backward()
    let tolerance = dtype == .float64 ? 1e-12 : 2e-6
    #expect(abs(result.loss.item() - expected.loss) < tolerance)
    for (input, gradient) in zip(problem.inputs, expected.gradients) {
      #expect(difference(input.gradient, gradient) < tolerance)
      #expect(input.gradient?.dtype == dtype)
    }
    let logits = noGrad { problem.hidden.linear(problem.weight, bias: problem.bias) }
    #expect(result.predictions!.hasSameValues(as: logits.argmax(1)))
  }

  @Test func gradientsReachWhatTheHiddenValuesWereMadeOf() {
    let problem = Problem(rows: 9, words: 20, dtype: .float64)
    let source = problem.hidden.detached()
    source.requiresGradient = true
    func gradient(_ loss: (Tensor) -> Tensor) -> Tensor {
      source.gradient = nil
      loss(source * 2).backward()
      return source.gradient!
    }
    let whole = gradient { $0.linear(problem.weight, bias: problem.bias).crossEntropy(problem.targets) }
    let blocks = gradient { hidden in
      LinearCrossEntropy.loss(
        hidden: hidden, weight: problem.weight, bias: problem.bias, targets: problem.targets, blockBytes: 300
      ).loss
    }
    #expect(difference(whole, blocks) < 1e-12)
  }

  @Test func withoutHistoryThereIsOnlyTheValue() {
    let problem = Problem(rows: 8, words: 20, dtype: .float32)
    let expected = unfused(problem).loss
    for input in problem.inputs { input.requiresGradient = false }
    let result = LinearCrossEntropy.loss(
      hidden: problem.hidden, weight: problem.weight, bias: problem.bias, targets: problem.targets)
    #expect(abs(result.loss.item() - expected) < 1e-6)
    #expect(!result.loss.requiresGradient && result.predictions == nil)
  }

  @Test func lowerPrecisionIsNearAndLeavesFloatGradients() {
    let problem = Problem(rows: 64, words: 50, dtype: .float32)
    let expected = unfused(problem)
    let result = LinearCrossEntropy.loss(
      hidden: problem.hidden, weight: problem.weight, bias: problem.bias, targets: problem.targets,
      precision: .bfloat16)
    (result.loss * 3).backward()
    #expect(abs(result.loss.item() - expected.loss) < 0.01)
    for (input, gradient) in zip(problem.inputs, expected.gradients) {
      #expect(input.gradient?.dtype == .float32)
      #expect(difference(input.gradient, gradient) < 0.03 * gradient.absolute().maximum([]).item() + 1e-4)
    }
  }

  @Test func anEvenGuessCostsTheLogarithmOfTheVocabulary() {
    let loss = LinearCrossEntropy.loss(
      hidden: Tensor.ones([3, 4]), weight: Tensor.zeros([8192, 4]), bias: Tensor.zeros([8192]),
      targets: Tensor([0, 5, 8191]))
    // ln 8192
    #expect(abs(loss.loss.item() - 9.010913) < 1e-5)
  }
}
