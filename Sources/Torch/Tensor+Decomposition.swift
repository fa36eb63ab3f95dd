extension Tensor {
  private static let symmetricEigenOperator = Operator("linalg_eigh")

  /// The eigenvalues of a symmetric matrix, rising, and its eigenvectors as columns. Reads the lower triangle.
  public func symmetricEigen() -> (values: Tensor, vectors: Tensor) {
    let results = Tensor.symmetricEigenOperator.many(.tensor(self), .byDefault)
    return (results[0], results[1])
  }
}
