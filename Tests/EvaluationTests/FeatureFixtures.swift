import Evaluation
import Foundation
import ImageCoding
import ImageData
import SplitMaskCore
import Torch
import VisionModels

/// Uniform in [-1, 1), the same on every run.
struct Noise {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 23) - 1
  }
}

/// Points around one random centre for each class.
func clusters(count: Int, classes: Int, width: Int, spread: Float, seed: UInt64) -> FeatureTable {
  var centreNoise = Noise(1)
  let centres = (0..<classes * width).map { _ in centreNoise.next() }
  var noise = Noise(seed)
  let labels = (0..<count).map { ($0 * 7) % classes }
  let values = labels.flatMap { label in
    (0..<width).map { centres[label * width + $0] + spread * noise.next() }
  }
  return table(values, width: width, labels: labels, classNames: (0..<classes).map { "class\($0)" })
}

func table(
  _ values: [Float], width: Int, labels: [Int]?, classNames: [String], source: String = "test"
) -> FeatureTable {
  let count = values.count / width
  return FeatureTable(
    [.mean: Tensor(values, shape: [count, width])], names: (0..<count).map { "image\($0).jpg" }, labels: labels,
    classNames: classNames, source: source)
}

/// A new folder that is removed afterwards.
func withFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

/// An encoder of images of 8 by 8, the same every time.
func tinyEncoder(width: Int = 32, classToken: Bool = true) throws -> VisionTransformer {
  var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(8), patchSize: 4)
  (config.width, config.depth, config.headCount, config.classToken) = (width, 5, 2, classToken)
  var generator = SeededGenerator(seed: 3, purpose: .initialization)
  return try VisionTransformer(config, using: &generator)
}

func tinyExtractor(_ encoder: VisionTransformer) -> FeatureExtractor {
  FeatureExtractor(encoder: encoder, normalization: .imageNet, source: "fresh")
}

/// Pictures of 8 by 8 whose mean colour tells their class, more or less.
///
/// - Parameter unreadable: files among them that are no images, and as many links that lead nowhere.
func withColouredImages(_ count: Int = 48, unreadable: Int = 0, _ body: (ImageDataset) throws -> Void) throws {
  try withFolder { folder in
    for number in 0..<count {
      let name = ["blue", "green", "red"][number % 3]
      let place = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      var noise = Noise(UInt64(number) + 1)
      let pixels = (0..<192).map { position in
        UInt8(max(0, min(255, (position % 3 == 2 - number % 3 ? 170 : 90) + 60 * noise.next())))
      }
      let image = PixelImage(width: 8, height: 8, pixels: pixels)
      try ImageEncoder.png(image).write(to: place.appendingPathComponent("\(number).png"))
    }
    for number in 0..<unreadable {
      try Data("nothing".utf8).write(to: folder.appendingPathComponent("green/1-\(number).png"))
      try FileManager.default.createSymbolicLink(
        atPath: folder.appendingPathComponent("red/2-\(number).png").path, withDestinationPath: "nowhere")
    }
    try body(try ImageDataset(paths: [folder.path], labelled: true))
  }
}
