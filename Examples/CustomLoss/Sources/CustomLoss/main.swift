// Pretrains a small encoder with a loss of one's own: Barlow Twins (arXiv 2103.03230).
//
//     swift run -c release CustomLoss images encoder.safetensors

import Foundation
import SplitMask

/// An encoder, and a projection of its mean patch token.
final class Network: Module {
  let encoder: VisionTransformer
  let projection: Linear

  init(_ config: VisionTransformer.Config) throws {
    var generator = SeededGenerator(seed: 0, purpose: .initialization)
    encoder = try VisionTransformer(config, using: &generator)
    projection = Linear(inputs: config.embeddingDimension, outputs: 128, using: &generator)
  }

  /// Normalised pixels, `[B, n, 3 · p · p]`, to `[B, 128]`.
  func callAsFunction(_ patches: Tensor) -> Tensor { projection(encoder(patches).mean([1])) }
}

/// The cross-correlation of two views' outputs, `[B, D]` each, against the identity (§2.1).
func barlowTwins(_ first: Tensor, _ second: Tensor, redundancyWeight: Double = 0.005) -> Tensor {
  func standardized(_ z: Tensor) -> Tensor { (z - z.mean([0])) / (z.variance([0]) + 1e-5).squareRoot() }
  let identity = Tensor.identity(first.shape[1], device: first.device)
  let correlation = standardized(first).transposed(0, 1).matmul(standardized(second)) / Double(first.shape[0])
  let difference = correlation - identity
  return (difference * difference * (identity * (1 - redundancyWeight) + redundancyWeight)).sum()
}

guard CommandLine.arguments.count == 3 else {
  print("usage: CustomLoss <folder of images> <encoder.safetensors>")
  exit(64)
}
var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(64), patchSize: 8)
(config.width, config.depth, config.headCount) = (96, 4, 3)
let (device, network) = (Device.best, try Network(config))
network.move(to: device)
let patchifier = Patchifier(grid: config.grid, patchSize: 8, normalization: .imageNet, device: device)
let optimizer = AdamW([.init(parameters: network.namedParameters, weightDecay: 0.05)])

let crop = MultiCrop.Crop(size: .init(height: 64, width: 64), augmentation: .smallData)
let crops = MultiCrop([crop, crop])
let loader = try DataLoader(
  dataset: ImageDataset(paths: [CommandLine.arguments[1]]), batchSize: 64, views: crops.views,
  transform: .multiCrop(crops))
for epoch in 0..<5 {
  let batches = loader.batches(epoch: epoch)
  while let batch = try batches.next() {
    let outputs = batch.views.map { network(patchifier($0.tensor(on: device))) }
    let loss = barlowTwins(outputs[0], outputs[1])
    loss.backward()
    optimizer.update(learningRate: 1e-3)
    optimizer.clearGradients()
    print("epoch \(epoch): loss \(loss.item())")
  }
}
try EncoderFile.write(network.encoder, normalization: .imageNet, to: URL(filePath: CommandLine.arguments[2]))
