import Evaluation
import Foundation
import Torch

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
