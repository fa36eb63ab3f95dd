import DurableFiles
import Foundation
import Torch
import VisionModels

/// The folder of what timm computed (`Tests/Goldens/classification`).
let goldenFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Goldens/classification")

/// The golden tensors.
func golden() throws -> [String: Tensor] {
  try SafetensorsFile(goldenFolder.appending(path: "classification.safetensors")).tensors()
}

/// What the goldens' script says in words and numbers.
struct GoldenFacts: Decodable {
  struct Mixing: Decodable {
    let kind: String
    let share: Double
    let row: Int
    let column: Int
  }

  struct Erasing: Decodable {
    let height: Int
    let width: Int
    let share: Double
    let areaMean: Double
    let areaDeviation: Double
    let logAspectMean: Double
    let logAspectDeviation: Double

    enum CodingKeys: String, CodingKey {
      case height, width, share
      case areaMean = "area_mean"
      case areaDeviation = "area_deviation"
      case logAspectMean = "log_aspect_mean"
      case logAspectDeviation = "log_aspect_deviation"
    }
  }

  let mixing: [Mixing]
  let erasing: Erasing
  /// Scale of the learning rate and weight decay by key.
  let layerDecay: [String: [Double]]

  enum CodingKeys: String, CodingKey {
    case mixing, erasing
    case layerDecay = "layer_decay"
  }

  static func read() throws -> GoldenFacts {
    try JSONDecoder().decode(GoldenFacts.self, from: Data(contentsOf: goldenFolder.appending(path: "facts.json")))
  }
}

/// The largest difference of two tensors' values.
func difference(_ left: Tensor?, _ right: Tensor?) -> Double {
  guard let left, let right, left.shape == right.shape else { return .infinity }
  return (left - right).absolute().maximum([]).item()
}

/// Mean and standard deviation.
func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
  let mean = values.reduce(0, +) / Double(values.count)
  let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
  return (mean, (squares / Double(values.count)).squareRoot())
}

/// A transformer small enough to test.
func smallConfig(classToken: Bool = true) -> VisionTransformer.Config {
  var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
  (config.width, config.depth, config.headCount, config.classToken) = (16, 2, 2, classToken)
  return config
}

/// A new folder that is removed afterwards.
func withFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}
