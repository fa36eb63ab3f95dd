import CImageCodecs
import ImageCoding

extension Augmentation.Draw {
  /// Changes a rendered view of float channels in place: brightness, contrast, blur, noise, dropped channels.
  ///
  /// Values are not clipped. What has a meaning only for colours is not done: saturation, hue, greyscale, solarization
  /// and RandAugment's operations.
  ///
  /// - Parameters:
  ///   - view: `[height, width, channels]` values.
  ///   - size: rows and columns.
  ///   - means: what dropped channels become.
  ///   - channelCount: values of a pixel.
  ///   - blurScale: this view's pixels in one of the encoder's.
  ///   - scratch: memory of the blur.
  /// - Throws: `ImageError` when memory runs out.
  func changeValues(
    of view: UnsafeMutablePointer<Float>, size: ViewConfiguration.Size, channelCount: Int, means: [Float],
    blurScale: Double, scratch: RenderScratch
  ) throws {
    let values = UnsafeMutableBufferPointer(start: view, count: size.width * size.height * channelCount)
    for change in colorChanges { change.apply(to: values, channelCount: channelCount) }
    if let blurRadius {
      let status = cic_blur_floats(
        scratch.handle, view, Int32(size.width), Int32(size.height), Int32(channelCount), Float(blurRadius * blurScale))
      guard status == CIC_OK else { throw ImageError(status, reason: "", pixelLimit: 0) }
    }
    noise?.add(to: values)
    for channel in droppedChannels {
      precondition(channel < channelCount && means.count == channelCount, "a mean for each of the view's channels")
      for index in stride(from: channel, to: values.count, by: channelCount) { values[index] = means[channel] }
    }
  }
}

extension ColorChange {
  /// Brightness scales values; contrast scales their distance from each channel's mean. Nothing else is done.
  fileprivate func apply(to values: UnsafeMutableBufferPointer<Float>, channelCount: Int) {
    let count = values.count / channelCount
    var offsets = [Float](repeating: 0, count: channelCount)
    let factor: Float
    switch self {
    case .brightness(let brightness): factor = Float(brightness)
    case .contrast(let contrast):
      factor = Float(contrast)
      cic_channel_means(values.baseAddress, count, Int32(channelCount), &offsets)
      for channel in offsets.indices { offsets[channel] *= 1 - factor }
    case .saturation, .hue: return
    }
    cic_scale_channels(values.baseAddress, count, Int32(channelCount), factor, offsets)
  }
}
