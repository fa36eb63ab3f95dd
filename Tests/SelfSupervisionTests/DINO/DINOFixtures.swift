import DurableFiles
import Foundation
import SelfSupervision
import Torch
import TorchNN
import VisionModels

/// DINO's goldens (`Tests/Goldens/dino`).
func dinoGolden(_ name: String) throws -> [String: Tensor] {
  try SafetensorsFile(goldens.appending(path: "dino/\(name).safetensors")).tensors()
}

/// The largest difference of two tensors' values over the largest value.
func relativeDifference(_ left: Tensor?, _ right: Tensor?) -> Double {
  guard let left, let right, left.shape == right.shape else { return .infinity }
  let scale = max(right.absolute().maximum([]).item(), 1e-12)
  return (left.detached() - right).absolute().maximum([]).item() / scale
}

/// The tensors under a prefix, without it.
func part(_ tensors: [String: Tensor], _ prefix: String) -> [String: Tensor] {
  Dictionary(
    uniqueKeysWithValues: tensors.filter { $0.key.hasPrefix(prefix) }.map {
      (String($0.key.dropFirst(prefix.count)), $0.value)
    })
}

/// The golden step's network: 16 pixels in patches of 4, local crops of 8.
struct TinyDINO {
  let encoder: VisionTransformer.Config
  var config = DINO.Config()

  init() {
    var encoder = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (encoder.width, encoder.depth, encoder.headCount) = (16, 2, 2)
    self.encoder = encoder
    (config.outputDimension, config.hiddenDimension, config.bottleneckDimension) = (24, 24, 8)
    (config.crops.localSize, config.crops.localCount) = (ImageSize(8), 2)
    (config.teacherMomentum, config.teacherTemperature) = (0.75, 0.05)
    (config.teacherTemperatureEpochs, config.frozenLastLayerEpochs) = (0, 1)
  }

  var resolved: DINO.ResolvedConfig {
    config.resolved(imageCount: 64, batchSize: 8, totalSteps: 16, encoder: encoder)
  }

  func step(seed: UInt64 = 1) throws -> DINOStep {
    var generator = SplitMix64(state: seed)
    return try DINOStep(
      encoder: encoder, config: resolved, normalization: .imageNet, device: .cpu, using: &generator)
  }

  /// Noise pictures: two large crops and two small ones of each image.
  func views(_ images: Int, seed: UInt64 = 2) -> [Tensor] {
    var generator = SplitMix64(state: seed)
    return [16, 16, 8, 8].map { side in
      let bytes = (0..<images * side * side * 3).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      return Tensor(bytes, shape: [images, side, side, 3])
    }
  }
}
