import DurableFiles
import Foundation
import ImageCoding
import ImageTransforms

/// Float images, and what PIL's algorithm makes of them in float64 (`Tests/Goldens/images/make_float_resample.py`).
struct SampleGoldens {
  let file: SafetensorsFile

  init() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    file = try SafetensorsFile(tests.appending(path: "Goldens/images/float_resample.safetensors"))
  }

  func image(_ name: String) throws -> SampleImage {
    let entry = try file.entry(name)
    let values = entry.withBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return SampleImage(
      width: entry.shape[1], height: entry.shape[0], channelCount: entry.shape[2], values: values)
  }

  /// The parts after `topic/` of the names that start with it.
  func names(_ topic: String) -> [[String]] {
    file.names.filter { $0.hasPrefix(topic + "/") }
      .map { $0.split(separator: "/").dropFirst().map(String.init) }
  }
}

/// The largest difference between two images' values; infinite when their shapes differ.
func greatestDifference(_ a: SampleImage, _ b: SampleImage) -> Float {
  guard (a.width, a.height, a.channelCount) == (b.width, b.height, b.channelCount) else { return .infinity }
  return zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0
}

/// A smooth image that stays away from both ends of the scale, so that no filter overshoots them.
func smoothSamples(width: Int, height: Int, channelCount: Int) -> SampleImage {
  var values: [Float] = []
  for y in 0..<height {
    for x in 0..<width {
      for c in 0..<channelCount {
        let wave = sin(Double(x) / (5 + Double(c)) + Double(c)) * cos(Double(y) / 7)
        values.append(Float(128 + 80 * wave).rounded())
      }
    }
  }
  return SampleImage(width: width, height: height, channelCount: channelCount, values: values)
}

extension SampleImage {
  /// The rectangle that holds all of it.
  var whole: CropBox { CropBox(left: 0, top: 0, width: width, height: height) }

  /// The values as bytes of red, green and blue.
  var photograph: PixelImage {
    PixelImage(width: width, height: height, pixels: values.map { UInt8($0) })
  }

  func channel(_ channel: Int) -> [Float] {
    stride(from: channel, to: values.count, by: channelCount).map { values[$0] }
  }
}

extension ViewRenderer {
  /// The views as images of their own, each surrounded by values that must stay as they are.
  func views(of image: SampleImage, as transform: ViewTransform) throws -> [SampleImage] {
    let margin = 16
    let sizes = [views.encoder] + (views.tokenizer.map { [$0] } ?? []) + views.furtherCrops
    let blocks = sizes.map { size in
      let block = UnsafeMutableBufferPointer<Float>.allocate(
        capacity: size.height * size.width * image.channelCount + 2 * margin)
      block.initialize(repeating: -7)
      return block
    }
    defer { for block in blocks { block.deallocate() } }
    try render(image, as: transform, into: blocks.map { UnsafeMutableRawPointer($0.baseAddress! + margin) })
    return zip(sizes, blocks).map { size, block in
      let inside = margin..<block.count - margin
      precondition(block[..<margin].allSatisfy { $0 == -7 }, "written before the view")
      precondition(block[inside.upperBound...].allSatisfy { $0 == -7 }, "written past the view")
      return SampleImage(
        width: size.width, height: size.height, channelCount: image.channelCount, values: Array(block[inside]))
    }
  }

  /// The bytes of the only view.
  func bytes(of image: PixelImage, as transform: ViewTransform) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: views.encoder.width * views.encoder.height * 3)
    try bytes.withUnsafeMutableBytes { try render(image, as: transform, into: [$0.baseAddress!]) }
    return bytes
  }
}
