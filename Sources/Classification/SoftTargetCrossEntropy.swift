public import Torch

/// Losses of class scores.
public enum SoftTargetCrossEntropy {
  /// The mean over images of -Σ target · log softmax(logits), a scalar in float32.
  ///
  /// - Parameters:
  ///   - logits: `[B, K]`.
  ///   - targets: `[B, K]`, each row a distribution over the classes; see ``BatchMixing/targets(_:classCount:draw:)``. With
  ///     smoothed labels that are not mixed, this is the loss of label smoothing.
  public static func loss(_ logits: Tensor, targets: Tensor) -> Tensor {
    // float32 under autocast too, as libtorch computes its own losses.
    -(logits.to(.float32).logSoftmax(1) * targets).sum([1]).mean()
  }

  /// The mean cross-entropy with smoothed labels: (1 - s) · NLL + s · mean(-log p) (timm/loss/cross_entropy.py).
  ///
  /// - Parameters:
  ///   - logits: `[B, K]`.
  ///   - labels: `[B]` int64.
  ///   - smoothing: s, from 0 to below 1.
  public static func loss(_ logits: Tensor, labels: Tensor, smoothing: Double) -> Tensor {
    logits.to(.float32).crossEntropy(labels, labelSmoothing: smoothing)
  }
}
