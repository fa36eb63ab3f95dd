import Torch

/// Standardised features in the basis of their principal components.
///
/// A rotation changes neither a linear classifier nor the size of its weights, but it makes the loss's curvature nearly
/// diagonal, so that scaling each coordinate takes the fit from hundreds of steps to tens.
struct PrincipalBasis {
  /// The variance of each coordinate, `[D]` float64, rising.
  let variances: Tensor
  private let mean: Tensor
  private let factor: Tensor
  private let rotation: Tensor

  /// Rows that are taken at once: little memory beside the features themselves.
  private static let blockRows = 8192

  /// - Parameter features: `[N, D]` float32.
  init(_ features: Tensor) {
    mean = features.mean([0], keepingDimensions: true)
    let deviation = features.variance([0], correction: 0, keepingDimensions: true).squareRoot()
    // A value that hardly changes beside its size is constant up to rounding, which must not be blown up.
    let isConstant = (mean.absolute() * 1e-6 + 1e-12).isGreater(than: deviation)
    factor = deviation.replacing(with: Tensor.full([], 1, device: features.device), where: isConstant).reciprocal()
    let width = features.shape[1]
    let covariance = Tensor.zeros([width, width], dtype: .float64, device: features.device)
    for start in stride(from: 0, to: features.shape[0], by: PrincipalBasis.blockRows) {
      let block = PrincipalBasis.block(features, from: start)
      let standardised = (block - mean) * factor
      covariance.addInPlace(standardised.transposed(0, 1).matmul(standardised).to(.float64))
    }
    let eigen = (covariance / Double(features.shape[0])).symmetricEigen()
    variances = eigen.values.clamped(0)
    rotation = eigen.vectors.to(.float32)
  }

  /// The coordinates of features, `[N, D]` float32.
  func coordinates(of features: Tensor) -> Tensor {
    let result = features.emptyLike()
    for start in stride(from: 0, to: features.shape[0], by: PrincipalBasis.blockRows) {
      let standardised = (PrincipalBasis.block(features, from: start) - mean) * factor
      PrincipalBasis.block(result, from: start).copyInPlace(standardised.matmul(rotation))
    }
    return result
  }

  private static func block(_ features: Tensor, from start: Int) -> Tensor {
    features.narrowed(0, start: start, count: min(blockRows, features.shape[0] - start))
  }
}
