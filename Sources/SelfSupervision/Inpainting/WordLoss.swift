import Torch
import TorchNN

/// The cross-entropy of predicted words, and what is worth knowing of the predictions.
struct WordLoss {
  /// The mean over all predicted patches, with its history.
  let value: Tensor
  /// `loss_inpaint`, and where they were asked for accuracy and perplexities.
  let terms: [(name: String, value: Tensor)]

  /// - Parameters:
  ///   - hidden: tokens of the patches to predict, `[M, D]`.
  ///   - head: the vocabulary's weights, with a bias.
  ///   - targets: their words, `[M]` int64.
  ///   - precision: the type of the head's products; nil is float32.
  ///   - detailed: whether figures that cost time are wanted.
  ///   - processes: over whose patches the mean of all values is the mean.
  init(
    hidden: Tensor, head: Linear, targets: Tensor, precision: DType?, detailed: Bool, processes: ProcessGroup
  ) {
    let result = LinearCrossEntropy.loss(
      hidden: hidden, weight: head.weight.value, bias: head.bias!.value, targets: targets, predicting: detailed,
      precision: precision)
    value = WordLoss.weighted(result.loss, count: targets.elementCount, processes: processes)
    var terms = [(name: "loss_inpaint", value: value.detached())]
    if let predictions = result.predictions {
      let vocabulary = head.weight.value.shape[0]
      noGrad {
        terms += [
          ("inpaint_accuracy", predictions.isEqual(to: targets).to(.float32).mean()),
          ("token_perplexity", WordLoss.perplexity(targets, vocabulary: vocabulary)),
          ("predicted_perplexity", WordLoss.perplexity(predictions, vocabulary: vocabulary)),
        ]
      }
    }
    self.terms = terms
  }

  /// A mean over this process's patches, multiplied by its share of all patches over 1 / processes: where processes have
  /// differently many, the mean of their means would not be the mean.
  private static func weighted(_ loss: Tensor, count: Int, processes: ProcessGroup) -> Tensor {
    guard !processes.isAlone else { return loss }
    let all = noGrad { processes.mean(Tensor.full([], Double(count), device: loss.device)) }
    return loss * (noGrad { all.reciprocal() } * Double(count))
  }

  /// How many words are in use, as the exponential of their entropy.
  private static func perplexity(_ words: Tensor, vocabulary: Int) -> Tensor {
    let share = words.bincount(vocabulary).to(.float32) / Double(words.elementCount)
    return (-(share * share.clamped(1e-12).logarithm()).sum()).exponential()
  }
}
