@_exported import TestSupport
import Testing
import Torch

/// A float32 matrix or vector from rows of numbers.
func matrix(_ rows: [[Double]], _ dtype: DType = .float32) -> Tensor {
  Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count]).to(dtype)
}

/// A vector of numbers.
func vector(_ values: [Double], _ dtype: DType = .float32) -> Tensor { Tensor(values).to(dtype) }

/// Expects a tensor's values in row-major order, and its shape where given.
func expect(
  _ tensor: Tensor, _ values: [Double], shape: [Int]? = nil, within tolerance: Double = 1e-6,
  _ location: SourceLocation = #_sourceLocation
) {
  let found = tensor.array(of: Double.self)
  if let shape { #expect(tensor.shape == shape, sourceLocation: location) }
  #expect(found.count == values.count, sourceLocation: location)
  let near = zip(found, values).allSatisfy { abs($0 - $1) <= tolerance || $0 == $1 || ($0.isNaN && $1.isNaN) }
  #expect(near, "\(found) is not \(values)", sourceLocation: location)
}

/// Expects two tensors of one shape to be equal within a tolerance.
func expect(
  _ tensor: Tensor, equals other: Tensor, within tolerance: Double = 1e-6,
  _ location: SourceLocation = #_sourceLocation
) {
  #expect(tensor.shape == other.shape, sourceLocation: location)
  let difference = (tensor.to(.float64) - other.to(.float64)).absolute().maximum([]).item()
  #expect(difference <= tolerance, "differs by \(difference)", sourceLocation: location)
}
