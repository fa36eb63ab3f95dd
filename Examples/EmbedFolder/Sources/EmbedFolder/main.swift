// Embeds a folder of images and prints each image's nearest neighbour.
//
//     swift run -c release EmbedFolder encoder.safetensors images

import Foundation
import SplitMask

/// - Parameter encoder: an encoder file, of SplitMask or timm, or a run folder.
func printNeighbors(of folder: String, by encoder: String) throws {
  let extractor = FeatureExtractor(try EncoderSource(named: encoder).load(), device: .best)
  let loader = try extractor.loader(of: ImageDataset(paths: [folder]), processes: .alone)
  let table = try extractor.extract(from: loader, processes: .alone)

  let features = try table.values(.mean).normalized(1)  // [N, D], rows of length 1
  let cosines = features.matmul(features.transposed(0, 1))
  // No image is its own neighbour.
  let (best, places) = (cosines - Tensor.identity(table.count) * 2).topK(1)

  for (name, (place, cosine)) in zip(table.names, zip(places.array(of: Int.self), best.array(of: Float.self))) {
    print("\(name)\t\(table.names[place])\t\(cosine)")
  }
  for image in table.skipped { print("\(image.name) cannot be read: \(image.reason)") }
}

guard CommandLine.arguments.count == 3 else {
  print("usage: EmbedFolder <encoder file or run folder> <folder of images>")
  exit(64)
}
do {
  try printNeighbors(of: CommandLine.arguments[2], by: CommandLine.arguments[1])
} catch let error as any UserFacingError {
  print(error)
  exit(error.exitStatus.rawValue)
}
