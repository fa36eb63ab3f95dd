import Classification
import EncoderExport
import Foundation
import ImageCoding
import SplitMaskCore
@_exported import TestSupport
import Torch
import TorchNN
import VisionModels

/// A classifier small enough to test, with weights in every part.
func smallClassifier(
  _ pooling: Classifier.Pooling, _ change: (inout VisionTransformer.Config) -> Void = { _ in }
) throws -> Classifier {
  var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
  (config.width, config.depth, config.headCount) = (32, 2, 2)
  change(&config)
  var generator = SeededGenerator(seed: 1, purpose: .initialization)
  let encoder = try VisionTransformer(config, using: &generator)
  let classifier = try Classifier(
    encoder: encoder, classNames: ["cat", "dog", "owl"], pooling: pooling, headScale: 1, using: &generator)
  let parameters = encoder.namedParameters + classifier.namedParameters.filter { $0.key.contains("fc_norm") }
  for (index, named) in parameters.enumerated() {
    let value = named.parameter.value
    noGrad { value.addInPlace(waves(value.shape, phase: Double(index)), scale: 0.3) }
  }
  return classifier
}

/// An encoder small enough to test.
func smallNetwork(
  pixels: PixelNormalization = .imageNet, facts: [ExportedNetwork.Fact] = [],
  _ change: (inout VisionTransformer.Config) -> Void = { _ in }
) throws -> ExportedNetwork {
  let classifier = try smallClassifier(.mean, change)
  return ExportedNetwork(
    encoder: classifier.encoder, normalization: pixels, view: .init(resize: 18, crop: 16), facts: facts)
}

/// A classifier as it is exported.
func smallScorer(
  _ pooling: Classifier.Pooling, _ change: (inout VisionTransformer.Config) -> Void = { _ in }
) throws -> ExportedNetwork {
  ExportedNetwork(
    classifier: try smallClassifier(pooling, change), normalization: .imageNet, view: .init(resize: 18, crop: 16))
}

/// BEiT's parts.
func beit(_ positions: VisionTransformer.RelativePositionBias) -> (inout VisionTransformer.Config) -> Void {
  { config in
    (config.relativePositionBias, config.absolutePositions, config.keyBias) = (positions, false, false)
    config.layerScale = 0.1
  }
}

/// Values that repeat nowhere soon.
func waves(_ shape: [Int], phase: Double = 0) -> Tensor {
  Tensor((0..<shape.reduce(1, *)).map { Float(sin(Double($0) * 1.37 + phase)) }, shape: shape)
}

/// Five channels of 16 bits.
let fiveChannels: PixelNormalization = {
  let channels = (1...5).map { PixelFormat.Channel(source: $0, name: "band \($0)", low: 0, high: 65535) }
  return PixelNormalization(
    mean: [0.1, 0.2, 0.3, 0.4, 0.5], standardDeviation: [0.2, 0.2, 0.2, 0.2, 0.2],
    format: PixelFormat(sampleType: .uint16, fileChannelCount: 5, channels: channels))
}()
