import VisionModels

extension PatchTokenizer.Specification {
  /// Multiply-adds of finding a patch's word.
  var multiplyAddsPerPatch: Double {
    config.kind == .dalle
      ? DalleEncoder.Shape().multiplyAddsPerWord
      : MatrixWork.linear(rows: 1, inputs: dimension, outputs: config.vocabulary)
  }
}
