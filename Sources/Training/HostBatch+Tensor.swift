public import ImageData
public import Torch

extension HostView {
  /// The pixels as a tensor `[B, H, W, 3]` of bytes; on the CPU they are shared, not copied.
  public func tensor(on device: Device) -> Tensor {
    Tensor(
      sharing: UnsafeRawBufferPointer(bytes), shape: [batchCount, height, width, 3], dtype: .uint8, owner: self
    ).to(device, nonBlocking: true)
  }
}

extension HostBatch {
  /// The classes, `[B]` int64.
  ///
  /// - Precondition: the data set has labels.
  public func labelTensor(on device: Device) -> Tensor {
    guard let labels else { preconditionFailure("the data set has no labels") }
    return Tensor(labels.map(Int.init)).to(device, nonBlocking: true)
  }
}
