package import ImageLoading
package import Torch
import Training
import VisionModels

/// What a frozen encoder tells a trained probe about a batch: one matrix for each classifier.
package struct ProbeFeatures {
  /// Images that go through the encoder at once: a probe's batch may be larger than its activations allow.
  private static let passSize = 64

  /// What of the encoder's outputs classifiers see.
  private enum Output {
    /// One of the last block's.
    case single(FeatureKind)
    /// The class tokens of the last blocks.
    case classTokens(blocks: Int)
    /// Class token and patch mean of the last block.
    case classTokenAndMean
    /// Class token and patch mean of every block, a classifier each.
    case everyBlock
  }

  private let extractor: FeatureExtractor
  private let output: Output

  /// - Throws: ``EvaluationError/noClassToken``.
  package init(_ extractor: FeatureExtractor, _ config: TrainedProbe.Config) throws {
    self.extractor = extractor
    let encoder = extractor.encoder.config
    switch config.protocol {
    case .dino where config.features == nil:
      // DINO's choice depends on the width, so that all encoders give about 1,536 values.
      output = encoder.embeddingDimension >= 768 ? .classTokenAndMean : .classTokens(blocks: min(4, encoder.blockCount))
    case .beit: output = .everyBlock
    case .simple, .mae, .dino: output = .single(config.features ?? .classToken)
    }
    if case .single(.mean) = output { return }
    if !extractor.encoder.config.classToken { throw EvaluationError.noClassToken }
  }

  var device: Device { extractor.device }

  /// Classifiers, each with features of its own.
  var headCount: Int {
    if case .everyBlock = output { blockCount } else { 1 }
  }

  /// Values that a classifier sees of an image.
  var width: Int {
    let dimension = extractor.encoder.config.embeddingDimension
    return switch output {
    case .single: dimension
    case .classTokens(let blocks): blocks * dimension
    case .classTokenAndMean, .everyBlock: 2 * dimension
    }
  }

  /// In words, for the results.
  var title: String {
    switch output {
    case .single(let kind): kind.rawValue
    case .classTokens(let blocks): "class tokens of the last \(blocks) blocks"
    case .classTokenAndMean: "class token and mean of the patch tokens"
    case .everyBlock: "class token and mean of the patch tokens of every block"
    }
  }

  private var blockCount: Int { extractor.encoder.blocks.count }

  /// `[B, width]` float32 for each classifier, without history.
  package func callAsFunction(_ view: HostView) throws -> [Tensor] {
    let threads = InferenceThreads(on: device)
    let size = threads.batchSize(total: min(ProbeFeatures.passSize * threads.count, view.batchCount))
    var starts = stride(from: 0, to: view.batchCount, by: size).makeIterator()
    var passes: [[Tensor]] = []
    try threads.forEach {
      starts.next()
    } compute: { start in
      noGrad { pass(extractor.patches(of: view, start: start, count: min(size, view.batchCount - start))) }
    } then: {
      passes.append($1)
    }
    return noGrad { (0..<headCount).map { head in Tensor.concatenate(passes.map { $0[head] }) } }
  }

  private func pass(_ patches: Tensor) -> [Tensor] {
    let encoder = extractor.encoder
    func hidden(_ blocks: ClosedRange<Int>) -> [Tensor] {
      autocast(extractor.precision, on: device) { encoder.hiddenTokens(patches, afterBlocks: Set(blocks)) }
    }
    func normalized(_ tokens: Tensor) -> Tensor { encoder.norm(tokens.to(.float32)) }
    func last() -> Tensor { normalized(hidden(blockCount...blockCount)[0]) }
    switch output {
    case .single(let kind): return [extractor.pooled(last(), kind)]
    case .classTokenAndMean: return [both(last())]
    case .classTokens(let blocks):
      let tokens = hidden(blockCount - blocks + 1...blockCount)
      return [Tensor.concatenate(tokens.map { extractor.pooled(normalized($0), .classToken) }, along: 1)]
    case .everyBlock: return hidden(1...blockCount).map { both($0.to(.float32)) }
    }
  }

  private func both(_ tokens: Tensor) -> Tensor {
    Tensor.concatenate([extractor.pooled(tokens, .classToken), extractor.pooled(tokens, .mean)], along: 1)
  }
}
