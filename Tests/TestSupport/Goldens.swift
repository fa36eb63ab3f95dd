import DurableFiles
package import Foundation
package import Torch

/// The folder of golden files.
package let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Goldens")

/// A golden file's tensors.
package func golden(_ name: String) throws -> [String: Tensor] {
  try SafetensorsFile(goldens.appending(path: "\(name).safetensors")).tensors()
}

/// The largest difference of two tensors' values; infinite when their shapes differ or one is missing.
package func difference(_ left: Tensor?, _ right: Tensor?) -> Double {
  guard let left, let right, left.shape == right.shape else { return .infinity }
  return (left.to(.float64) - right.to(.float64)).absolute().maximum([]).item()
}
