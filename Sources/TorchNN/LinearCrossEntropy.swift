public import Torch

/// Cross-entropy of a linear head over a large vocabulary, block by block.
///
/// Holds the logits of one block of rows at a time and computes the gradients in the same pass, so memory does not
/// grow with rows times words. The maths is that of a linear layer followed by the mean cross-entropy.
public enum LinearCrossEntropy {
  /// What one pass gives.
  public struct Result {
    /// The mean cross-entropy, a scalar with a history.
    public let loss: Tensor
    /// The most probable word of every row, `[rows]` int64, where they were asked for.
    public let predictions: Tensor?
  }

  /// - Parameters:
  ///   - hidden: `[rows, D]`.
  ///   - weight: `[classes, D]`.
  ///   - bias: `[words]`.
  ///   - targets: `[rows]`, int64.
  ///   - predicting: whether the most probable words are wanted.
  ///   - precision: the type of the matrix products; nil is that of `hidden`.
  ///   - blockBytes: memory for the logits of one block; by default, on a CPU what is near its caches, elsewhere enough to keep
  ///     the device busy.
  public static func loss(
    hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, predicting: Bool = false,
    precision: DType? = nil, blockBytes: Int? = nil
  ) -> Result {
    let blockBytes = blockBytes ?? (hidden.device.kind == .cpu ? 16 << 20 : 256 << 20)
    let rows = hidden.shape[0]
    let words = weight.shape[0]
    let blockRows = max(1, min(rows, blockBytes / (words * 4)))
    let needsGradient = hidden.requiresGradient || weight.requiresGradient
    var pass = noGrad {
      Pass(hidden: hidden, weight: weight, bias: bias, precision: precision, needsGradient: needsGradient)
    }
    noGrad {
      for start in stride(from: 0, to: rows, by: blockRows) {
        let block = start..<min(rows, start + blockRows)
        pass.add(rows: block, targets: targets, predicting: predicting)
      }
    }
    let predictions = predicting ? Tensor.concatenate(pass.predictions) : nil
    let loss = noGrad { pass.loss / Double(rows) }
    guard needsGradient else { return Result(loss: loss, predictions: predictions) }
    let gradients = noGrad {
      let all = [pass.hiddenGradient, pass.turnedWeightGradient.transposed(0, 1).contiguous(), pass.biasGradient]
      for gradient in all { gradient.multiplyInPlace(1 / Double(rows)) }
      return all
    }
    let known = loss.withGradients(gradients, of: [hidden, weight, bias])
    return Result(loss: known, predictions: predictions)
  }

  /// The running sums of one pass over the rows; the gradients are those of the sum of the rows' losses.
  private struct Pass {
    let hidden: Tensor
    let weight: Tensor
    let bias: Tensor
    let needsGradient: Bool
    let hiddenGradient: Tensor
    /// `[D, words]`.
    let turnedWeightGradient: Tensor
    let biasGradient: Tensor
    var loss: Tensor
    var predictions: [Tensor] = []

    init(hidden: Tensor, weight: Tensor, bias: Tensor, precision: DType?, needsGradient: Bool) {
      let dtype = precision ?? hidden.dtype
      self.hidden = hidden.detached().to(dtype)
      self.weight = weight.detached().to(dtype)
      self.bias = bias.detached()
      self.needsGradient = needsGradient
      hiddenGradient = hidden.emptyLike()
      turnedWeightGradient = Tensor.zeros(weight.shape.reversed(), dtype: weight.dtype, device: weight.device)
      biasGradient = bias.zerosLike()
      loss = Tensor.zeros([], dtype: bias.dtype, device: bias.device)
    }

    mutating func add(rows: Range<Int>, targets: Tensor, predicting: Bool) {
      let block = hidden.narrowed(0, start: rows.lowerBound, count: rows.count)
      let wanted = targets.narrowed(0, start: rows.lowerBound, count: rows.count).unsqueezed(1)
      let logits = logits(of: block)
      let logProbabilities = logits.logSoftmax(1)
      loss.addInPlace(logProbabilities.gathered(1, wanted).sum(), scale: -1)
      if predicting { predictions.append(logits.argmax(1)) }
      guard needsGradient else { return }
      // The gradient of the logits is softmax - one-hot.
      let gradient = logProbabilities.exponentialInPlace()
      gradient.scatterAddInPlace(1, wanted, -1)
      biasGradient.addInPlace(gradient.sum([0]))
      let compact = gradient.to(weight.dtype)
      hiddenGradient.narrowed(0, start: rows.lowerBound, count: rows.count).copyInPlace(
        compact.linear(weight.transposed(0, 1)))
      // A product lays out anew what stands left and is transposed, so the narrower of the two does.
      turnedWeightGradient.addInPlace(block.transposed(0, 1).linear(compact.transposed(0, 1)))
    }

    /// Of the biases' type, in which they are added.
    private func logits(of block: Tensor) -> Tensor {
      guard weight.dtype != bias.dtype else { return block.linear(weight, bias: bias) }
      let products = block.linear(weight).to(bias.dtype)
      products.addInPlace(bias)
      return products
    }
  }
}
