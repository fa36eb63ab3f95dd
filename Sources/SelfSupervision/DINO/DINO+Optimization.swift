public import Training

extension DINO {
  /// The published optimisation (facebookresearch/dino, main_dino.py).
  public static let optimization = OptimizationDefaults(
    learningRate: 5e-4, referenceBatch: 256, minimumLearningRate: 1e-6, warmup: .init(.epochs(10), share: 0.1),
    weightDecay: 0.04, weightDecayEnd: 0.4, clipping: .perTensor, clipNorm: 3)
}
