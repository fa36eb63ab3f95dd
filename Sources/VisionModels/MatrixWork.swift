/// Multiply-adds of the matrix products of a training step, for one image: those of blocks, patch embeddings and
/// predictions. Products of single descriptors, which are a thousandth of a step, are not counted.
public struct MatrixWork: Hashable, Sendable {
  /// Forward, of products both of whose factors get a gradient: twice as many go backward.
  public var trained: Double
  /// Forward, of products of pixels: as many go backward, for the weights alone.
  package var ofPixels: Double
  /// Of products without gradients, such as a tokenizer's or a teacher's.
  public var fixed: Double

  /// Parts of a step; nothing of what is not given.
  public init(trained: Double = 0, ofPixels: Double = 0, fixed: Double = 0) {
    self.trained = trained
    self.ofPixels = ofPixels
    self.fixed = fixed
  }

  /// Of a whole step, forward and backward.
  public var stepMultiplyAdds: Double { 3 * trained + 2 * ofPixels + fixed }

  /// Of a pass forward alone.
  public var forwardMultiplyAdds: Double { trained + ofPixels + fixed }

  /// Both together.
  public static func + (left: MatrixWork, right: MatrixWork) -> MatrixWork {
    MatrixWork(
      trained: left.trained + right.trained, ofPixels: left.ofPixels + right.ofPixels, fixed: left.fixed + right.fixed)
  }

  /// The same `count` times.
  public static func * (count: Int, work: MatrixWork) -> MatrixWork {
    MatrixWork(
      trained: Double(count) * work.trained, ofPixels: Double(count) * work.ofPixels, fixed: Double(count) * work.fixed)
  }

  /// Multiply-adds of a linear map of `rows` vectors.
  public static func linear(rows: Int, inputs: Int, outputs: Int) -> Double {
    Double(rows) * Double(inputs) * Double(outputs)
  }

  /// Multiply-adds of transformer blocks, forward: four maps of the width to itself, the MLP's two, and the two
  /// products of attention.
  public static func blocks(_ count: Int, width: Int, mlpRatio: Int, tokens: Int) -> Double {
    let (width, tokens) = (Double(width), Double(tokens))
    return Double(count) * (tokens * width * width * Double(4 + 2 * mlpRatio) + 2 * tokens * tokens * width)
  }
}

extension VisionTransformer.Config {
  /// Training the encoder on one sequence of `patches` patches, and the tokens before them.
  public func work(patches: Int) -> MatrixWork {
    MatrixWork(
      trained: MatrixWork.blocks(
        blockCount, width: embeddingDimension, mlpRatio: mlpRatio, tokens: patches + prefixCount),
      ofPixels: MatrixWork.linear(rows: patches, inputs: channels * patchSize * patchSize, outputs: embeddingDimension))
  }
}
