import CImageCodecs
import ImageCoding

extension Augmentation.Draw {
  /// The threshold of PIL's and torchvision's `solarize` as DINO uses it.
  private static let solarizeThreshold: Int32 = 128

  /// Changes the colours of a rendered view in place.
  func changeColors(
    of view: UnsafeMutableRawPointer, size: ViewConfiguration.Size, blurScale: Double, scratch: RenderScratch
  ) throws {
    let pixels = view.assumingMemoryBound(to: UInt8.self)
    let count = size.width * size.height
    if !changesColorsLast { for change in colorChanges { change.apply(to: pixels, count: count) } }
    for operation in operations { try operation.apply(to: pixels, size: size, fill: fill, scratch: scratch) }
    if isGray { cic_greyscale(pixels, count) }
    if let blurRadius {
      let radius = Float(blurRadius * blurScale)
      let status = cic_gaussian_blur(scratch.handle, pixels, Int32(size.width), Int32(size.height), radius)
      guard status == CIC_OK else { throw ImageError(status, reason: "", pixelLimit: 0) }
    }
    if isSolarized { cic_solarize(pixels, count, Self.solarizeThreshold) }
    if changesColorsLast { for change in colorChanges { change.apply(to: pixels, count: count) } }
  }
}

extension ColorChange {
  func apply(to pixels: UnsafeMutablePointer<UInt8>, count: Int) {
    switch self {
    case .brightness(let factor): cic_adjust_brightness(pixels, count, Float(factor))
    case .contrast(let factor): cic_adjust_contrast(pixels, count, Float(factor))
    case .saturation(let factor): cic_adjust_saturation(pixels, count, Float(factor))
    case .hue(let turn): cic_adjust_hue(pixels, count, UInt8(truncatingIfNeeded: Int(turn * 255)))
    }
  }
}
