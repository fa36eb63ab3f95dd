import CImageCodecs
import Foundation
import ImageCoding

extension RandAugment.Operation {
  /// Changes a rendered view in place, as PIL does.
  ///
  /// - Parameter fill: red, green and blue of what lies beyond the image's edge.
  /// - Throws: `ImageError` when memory runs out.
  func apply(
    to pixels: UnsafeMutablePointer<UInt8>, size: ViewConfiguration.Size, fill: [Int], scratch: RenderScratch
  ) throws {
    let count = size.width * size.height
    switch self {
    case .autoContrast: cic_auto_contrast(pixels, count)
    case .equalize: cic_equalize(pixels, count)
    case .invert: cic_invert(pixels, count)
    case .posterize(let bits): if bits < 8 { cic_posterize(pixels, count, Int32(bits)) }
    case .solarize(let threshold): cic_solarize(pixels, count, Int32(threshold))
    case .solarizeAdd(let addition): cic_solarize_add(pixels, count, Int32(addition), 128)
    case .color(let change): change.apply(to: pixels, count: count)
    case .sharpness(let factor):
      try check(
        cic_adjust_sharpness(scratch.handle, pixels, Int32(size.width), Int32(size.height), Float(factor)))
    case .rotate, .shearX, .shearY, .translateX, .translateY:
      guard let matrix = matrix(width: Double(size.width), height: Double(size.height)) else { return }
      let fill = fill.map { UInt8(clamping: $0) }
      try check(cic_affine(scratch.handle, pixels, Int32(size.width), Int32(size.height), matrix, fill))
    }
  }

  private func check(_ status: cic_status) throws {
    guard status == CIC_OK else { throw ImageError(status, reason: "", pixelLimit: 0) }
  }

  /// The six coefficients that take a place of the result to one of the source; nil where nothing moves.
  private func matrix(width: Double, height: Double) -> [Double]? {
    switch self {
    case .shearX(let factor): return [1, factor, 0, 0, 1, 0]
    case .shearY(let factor): return [1, 0, 0, factor, 1, 0]
    case .translateX(let share): return [1, 0, share * width, 0, 1, 0]
    case .translateY(let share): return [1, 0, 0, 0, 1, share * height]
    case .rotate(let degrees) where degrees != 0:
      // PIL's turn by a positive angle, its coefficients rounded to 15 digits.
      let angle = -(degrees < 0 ? degrees + 360 : degrees) * .pi / 180
      let cosine = (cos(angle) * 1e15).rounded() / 1e15
      let sine = (sin(angle) * 1e15).rounded() / 1e15
      let x = width / 2
      let y = height / 2
      return [cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y]
    default: return nil
    }
  }
}
