package import ImageCoding
package import Torch
import VisionModels

/// The class scores of an image as a whole or from windows that overlap (mmsegmentation 0.11,
/// encoder_decoder.py).
package struct SlidingWindow {
  private let network: UPerNet
  private let normalization: PixelNormalization
  private let side: Int?
  private let stride: Int
  private let batchSize: Int

  /// - Parameters:
  ///   - side: the window's; nil takes the image whole.
  ///   - stride: from one window to the next.
  ///   - batchSize: windows that are computed at once.
  package init(network: UPerNet, normalization: PixelNormalization, side: Int?, stride: Int, batchSize: Int) {
    self.network = network
    self.normalization = normalization
    self.side = side
    self.stride = stride
    self.batchSize = batchSize
  }

  /// Scores `[1, classes, h, w]` of an image `[1, h, w, C]` as the loader has it: the mean of all windows that show a pixel.
  package func scores(_ image: Tensor) -> Tensor {
    let (height, width) = (image.shape[1], image.shape[2])
    let windows = places(height).flatMap { rows in places(width).map { (rows: rows, columns: $0) } }
    guard windows.count > 1 else { return logits(image) }
    let sum = Tensor.zeros([1, network.config.classCount, height, width], device: image.device)
    let count = Tensor.zeros([1, 1, height, width], device: image.device)
    for start in Swift.stride(from: 0, to: windows.count, by: batchSize) {
      let some = windows[start..<min(start + batchSize, windows.count)]
      let parts = logits(Tensor.concatenate(some.map { cut(image, 1, $0.rows, $0.columns) }))
      for (index, window) in some.enumerated() {
        cut(sum, 2, window.rows, window.columns).addInPlace(parts.narrowed(0, start: index, count: 1))
        cut(count, 2, window.rows, window.columns).addInPlace(
          Tensor.ones([1, 1, window.rows.count, window.columns.count], device: image.device))
      }
    }
    return sum / count
  }

  /// Where windows lie along a side.
  private func places(_ length: Int) -> [Range<Int>] {
    guard let side, side < length else { return [0..<length] }
    let count = (length - side + stride - 1) / stride + 1
    return (0..<count).map { index in
      let end = min(index * stride + side, length)
      return end - side..<end
    }
  }

  /// A part of a tensor whose rows are axis `axis`.
  private func cut(_ tensor: Tensor, _ axis: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Tensor {
    tensor.narrowed(axis, start: rows.lowerBound, count: rows.count)
      .narrowed(axis + 1, start: columns.lowerBound, count: columns.count)
  }

  /// Scores of images of one size, `[B, h, w, C]`.
  private func logits(_ bytes: Tensor) -> Tensor {
    let (count, height, width) = (bytes.shape[0], bytes.shape[1], bytes.shape[2])
    let patchSize = network.backbone.encoder.config.patchSize
    let divisor = DenseImages.sideDivisor(patchSize: patchSize)
    func padded(_ side: Int) -> Int { (side + divisor - 1) / divisor * divisor }
    var frame = bytes
    if padded(height) != height || padded(width) != width {
      frame = Tensor.zeros(
        [count, padded(height), padded(width), bytes.shape[3]], dtype: bytes.dtype, device: bytes.device)
      cut(frame, 1, 0..<height, 0..<width).copyInPlace(bytes)
    }
    let images = DenseImages(
      bytes: frame, sizes: [ImageSize](repeating: ImageSize(height: height, width: width), count: count),
      patchSize: patchSize, normalization: normalization)
    return cut(network(images), 2, 0..<height, 0..<width)
  }
}
