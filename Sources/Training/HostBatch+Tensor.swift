public import ImageLoading
public import Torch

extension HostView {
  /// The pixels as a tensor `[B, H, W, 3]` of bytes; on the CPU they are shared, not copied.
  public func tensor(on device: Device) -> Tensor {
    Tensor(
      sharing: UnsafeRawBufferPointer(bytes), shape: [batchCount, height, width, 3], dtype: .uint8, owner: self
    ).sent(to: device)
  }
}

extension HostFrames {
  /// The images as a tensor `[B, H, W, 3]` of bytes, each in the upper left corner of a frame that holds them all and
  /// whose sides are multiples of `divisor` and no less than `least`. What lies outside an image is any value.
  public func tensor(on device: Device, divisor: Int, atLeast least: Int = 0) -> Tensor {
    let (height, width) = paddedSize(divisor: divisor, atLeast: least)
    return Tensor(shape: [frames.count, height, width, 3], dtype: .uint8) {
      copy(into: $0, height: height, width: width)
    }.sent(to: device)
  }
}

extension HostBatch {
  /// The classes, `[B]` int64.
  ///
  /// - Precondition: the data set has labels.
  public func labelTensor(on device: Device) -> Tensor {
    guard let labels else { preconditionFailure("the data set has no labels") }
    return Tensor(labels.map(Int.init)).sent(to: device)
  }
}
