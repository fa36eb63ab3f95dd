import Classification
package import Foundation
import ImageCoding
import Torch
package import VisionModels

extension ExportedNetwork {
  /// Reads an encoder or a classifier.
  ///
  /// - Parameters:
  ///   - url: a file of this program or another, as `EncoderFile` and `ClassifierFile` take them.
  ///   - encoderOnly: whether the head of a classifier is left aside, and what is around the encoder of a detector.
  ///   - heads: attention heads, where the file does not tell.
  ///   - facts: what is known of it.
  ///   - view: what it is shown of an image, of its size and of whether it is a classifier.
  /// - Returns: the network, and what a user should know of how it was read.
  /// - Throws: ``ExportError/otherKind(path:kind:advice:)``, and what reading throws.
  package static func read(
    _ url: URL, encoderOnly: Bool, heads: Int? = nil, facts: [Fact] = [],
    view: (_ size: ImageSize, _ isClassifier: Bool) -> View
  ) throws -> (network: ExportedNetwork, notes: [String]) {
    try checkKind(of: url, encoderOnly: encoderOnly)
    if !encoderOnly, try isClassifier(url) {
      let loaded = try ClassifierFile.read(url)
      let size = loaded.classifier.encoder.config.imageSize
      let network = ExportedNetwork(
        classifier: loaded.classifier, normalization: loaded.normalization, view: view(size, true), facts: facts)
      let assumed =
        loaded.isNormalizationAssumed
        ? ["\(url.relativePath) does not say its pixels' mean and standard deviation: ImageNet's are assumed"] : []
      return (network, assumed)
    }
    let loaded = try EncoderFile.read(url, hints: .init(heads: heads))
    let size = loaded.encoder.config.imageSize
    let network = ExportedNetwork(
      encoder: loaded.encoder, normalization: loaded.normalization, view: view(size, false), facts: facts)
    return (network, loaded.notes)
  }

  /// Whether a file has a head of classes × width beside its encoder.
  private static func isClassifier(_ url: URL) throws -> Bool {
    try EncoderFile.classifierParts(of: WeightsFile(url, checkingBytes: false), path: url.path)
      .state["head.weight"]?.shape.count == 2
  }

  private static func checkKind(of url: URL, encoderOnly: Bool) throws {
    let advice = "name a run, an encoder or a classifier"
    guard !["csv", "npy", "jsonl"].contains(url.pathExtension.lowercased()) else {
      throw ExportError.otherKind(path: url.relativePath, kind: "a table", advice: advice)
    }
    let file = try WeightsFile(url, checkingBytes: false)
    let names = Set(file.shapes.keys)
    if names == ["features"] || names == ["probabilities"] {
      throw ExportError.otherKind(path: url.relativePath, kind: "a table of \(names.first!)", advice: advice)
    }
    guard !encoderOnly else { return }
    for (key, command) in [("detector", "detect"), ("segmenter", "segment")] where file.metadata[key] != nil {
      throw ExportError.otherKind(
        path: url.relativePath, kind: "a \(key)",
        advice: "'splitmask \(command) predict' takes it, and --encoder-only exports its encoder")
    }
  }
}
