package import ImageData
package import Torch
import VisionModels

/// What a frozen encoder tells a trained probe about a batch: one matrix for each classifier.
package struct ProbeFeatures {
  /// Images that go through the encoder at once: a probe's batch may be larger than its activations allow.
  private static let passSize = 64

  private let extractor: FeatureExtractor
  private let method: ProbeProtocol
  /// One output of the last block; nil for what the protocol says.
  private let single: FeatureKind?

  /// - Throws: ``EvaluationError/noClassToken``.
  package init(_ extractor: FeatureExtractor, _ config: TrainedProbe.Config) throws {
    self.extractor = extractor
    method = config.protocol
    single = config.features ?? (method == .mae ? .classToken : nil)
    if single != .mean, extractor.encoder.prefixCount == 0 { throw EvaluationError.noClassToken }
  }

  var device: Device { extractor.device }

  /// Classifiers, each with features of its own.
  var headCount: Int { method == .beit ? blockCount : 1 }

  /// Values that a classifier sees of an image.
  var width: Int {
    let dimension = extractor.encoder.config.embeddingDimension
    if single != nil { return dimension }
    return switch method {
    case .simple, .mae: dimension
    case .dino: isWide ? 2 * dimension : lastBlocks * dimension
    case .beit: 2 * dimension
    }
  }

  /// In words, for the results.
  var title: String {
    if let single { return single.rawValue }
    return switch method {
    case .simple, .mae: FeatureKind.classToken.rawValue
    case .dino: isWide ? "class token and mean of the patch tokens" : "class tokens of the last \(lastBlocks) blocks"
    case .beit: "class token and mean of the patch tokens of every block"
    }
  }

  private var blockCount: Int { extractor.encoder.blocks.count }
  /// ViT-B and wider: DINO's choice of features depends on the width, so that all are about 1,536 values.
  private var isWide: Bool { extractor.encoder.config.embeddingDimension >= 768 }
  private var lastBlocks: Int { min(4, blockCount) }

  /// `[B, width]` float32 for each classifier, without history.
  package func callAsFunction(_ view: HostView) -> [Tensor] {
    noGrad {
      let passes = stride(from: 0, to: view.batchCount, by: ProbeFeatures.passSize).map { start in
        pass(extractor.patches(of: view, start: start, count: min(ProbeFeatures.passSize, view.batchCount - start)))
      }
      return (0..<headCount).map { head in Tensor.concatenate(passes.map { $0[head] }) }
    }
  }

  private func pass(_ patches: Tensor) -> [Tensor] {
    let encoder = extractor.encoder
    func hidden(_ blocks: ClosedRange<Int>) -> [Tensor] {
      autocast(extractor.precision, on: device) { encoder.hiddenTokens(patches, afterBlocks: Set(blocks)) }
    }
    func normalized(_ tokens: Tensor) -> Tensor { encoder.norm(tokens.to(.float32)) }
    if let single { return [extractor.pooled(normalized(hidden(blockCount...blockCount)[0]), single)] }
    switch method {
    case .simple, .mae: preconditionFailure("one output of the last block")
    case .dino where isWide:
      return [both(normalized(hidden(blockCount...blockCount)[0]))]
    case .dino:
      let tokens = hidden(blockCount - lastBlocks + 1...blockCount)
      return [Tensor.concatenate(tokens.map { extractor.pooled(normalized($0), .classToken) }, along: 1)]
    case .beit:
      return hidden(1...blockCount).map { both($0.to(.float32)) }
    }
  }

  private func both(_ tokens: Tensor) -> Tensor {
    Tensor.concatenate([extractor.pooled(tokens, .classToken), extractor.pooled(tokens, .mean)], along: 1)
  }
}
