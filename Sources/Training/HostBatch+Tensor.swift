package import ImageCoding
public import ImageLoading
public import Torch

extension HostView {
  /// The pixels as a tensor `[B, H, W, C]`, bytes or float32 of 0 to 255; on the CPU they are shared, not copied.
  public func tensor(on device: Device) -> Tensor {
    Tensor(
      sharing: UnsafeRawBufferPointer(bytes), shape: [batchCount, height, width, pixels.channelCount],
      dtype: pixels.elementType, owner: self
    ).sent(to: device)
  }
}

extension HostFrames {
  /// The images as a tensor `[B, H, W, C]`, bytes or float32 of 0 to 255, each in the upper left corner of a frame that holds them all and
  /// whose sides are multiples of `divisor` and no less than `least`. What lies outside an image is any value.
  public func tensor(on device: Device, divisor: Int, atLeast least: Int = 0) -> Tensor {
    let (height, width) = paddedSize(divisor: divisor, atLeast: least)
    return Tensor(shape: [frames.count, height, width, pixels.channelCount], dtype: pixels.elementType) {
      copy(into: $0, height: height, width: width)
    }.sent(to: device)
  }
}

extension PixelNormalization {
  /// The type of a batch's values.
  package var elementType: DType { format == nil ? .uint8 : .float32 }
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
