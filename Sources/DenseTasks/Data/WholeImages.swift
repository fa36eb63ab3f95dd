import ImageLoading
import SplitMaskCore

/// Whole images, as large as two sides allow.
struct WholeImages: FrameSource {
  let short: Int
  let long: Int

  var pixelLimit: Int { short * long }

  func frame(of image: Int, width: Int, height: Int, using generator: inout SeededGenerator) -> Frame {
    Frame(.fitting(width: width, height: height, short: short, long: long))
  }
}
