package import Torch

/// How fast a device multiplies matrices: what the time of a step is held against.
package enum MatrixRate {
  /// A side of square matrices that keeps a device busy.
  package static func size(on device: Device) -> Int { device.kind == .cpu ? 2048 : 8192 }

  /// Gflop/s of a product of two square matrices, the best of several rounds; a multiply-add is two operations.
  package static func measure(size: Int, dtype: DType, on device: Device, rounds: Int = 5) -> Double {
    let a = Tensor.full([size, size], 0.5, dtype: dtype, device: device)
    let b = Tensor.full([size, size], 0.25, dtype: dtype, device: device)
    device.synchronize()
    let best = (0..<rounds).map { _ in
      let start = ContinuousClock.now
      _ = a.linear(b)
      device.synchronize()
      return (ContinuousClock.now - start) / .seconds(1)
    }.min()!
    return 2 * Double(size) * Double(size) * Double(size) / best / 1e9
  }
}
