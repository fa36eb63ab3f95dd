extension PixelImage {
  /// Channels as people see them: three of them, or one as grey (`PixelNormalization.composite`).
  ///
  /// - Parameters:
  ///   - bytes: `[height, width, C]` of a batch, bytes or float32 of 0 to 255.
  ///   - width: columns.
  ///   - height: rows.
  ///   - pixels: which channels they are.
  package init(showing bytes: UnsafeRawBufferPointer, width: Int, height: Int, of pixels: PixelNormalization) {
    guard pixels.format != nil else {
      self.init(width: width, height: height, pixels: Array(bytes))
      return
    }
    let values = bytes.bindMemory(to: Float.self)
    let (count, channels) = (width * height, pixels.channelCount)
    let shown = [UInt8](unsafeUninitializedCapacity: 3 * count) { out, initialized in
      for (color, channel) in pixels.composite.enumerated() {
        for pixel in 0..<count {
          let value = channel.map { values[pixel * channels + $0] } ?? 0
          out[3 * pixel + color] = UInt8(min(max(value, 0), 255) + 0.5)
        }
      }
      initialized = 3 * count
    }
    self.init(width: width, height: height, pixels: shown)
  }
}
