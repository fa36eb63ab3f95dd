/// What gradients are clipped by.
public enum ClippingMode: String, Codable, Hashable, Sendable, CaseIterable {
  /// They are left as they are.
  case none
  /// The norm of all gradients together.
  case globalNorm = "global-norm"
  /// The norm of each parameter's gradient (facebookresearch/dino, utils.py).
  case perTensor = "per-tensor"
}
