package import Classification
package import ImageCoding
import Torch
import TorchNN
package import VisionModels

/// A network to be taken to another program: an encoder, with a classifier's head where it has one.
package struct ExportedNetwork {
  /// What makes scores of an encoder's tokens.
  package struct Head {
    /// Which tokens it sees.
    package let pooling: Classifier.Pooling
    /// The classes, in the order of the scores.
    package let classNames: [String]
    /// `head.weight` `[K, D]` and `head.bias`; with mean pooling `fc_norm.weight` and `fc_norm.bias`.
    let weights: [String: Tensor]
  }

  /// What of an image is shown: the short side at `resize`, then the central crop.
  package struct View: Hashable, Sendable {
    /// Pixels of the short side.
    package let resize: Int
    /// Pixels of the crop's side.
    package let crop: Int

    /// A central crop.
    package init(resize: Int, crop: Int) {
      self.resize = resize
      self.crop = crop
    }
  }

  /// What is known of a network beside its weights.
  package struct Fact: Hashable, Sendable {
    /// What it is called, such as `method`.
    package let name: String
    /// In words.
    package let value: String

    /// One fact.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The encoder.
  package let encoder: VisionTransformer
  /// The classifier's head; nil for an encoder alone.
  package let head: Head?
  /// How it sees pixels.
  package let normalization: PixelNormalization
  /// What it was shown of an image when it was judged.
  package let view: View
  /// Where it is from.
  package let facts: [Fact]

  /// An encoder alone.
  package init(encoder: VisionTransformer, normalization: PixelNormalization, view: View, facts: [Fact] = []) {
    self.init(encoder: encoder, head: nil, normalization: normalization, view: view, facts: facts)
  }

  /// A classifier.
  package init(classifier: Classifier, normalization: PixelNormalization, view: View, facts: [Fact] = []) {
    let weights = classifier.stateDictionary.filter { $0.key.hasPrefix("head.") || $0.key.hasPrefix("fc_norm.") }
    self.init(
      encoder: classifier.encoder,
      head: Head(pooling: classifier.pooling, classNames: classifier.classNames, weights: weights),
      normalization: normalization, view: view, facts: facts)
  }

  private init(
    encoder: VisionTransformer, head: Head?, normalization: PixelNormalization, view: View, facts: [Fact]
  ) {
    self.encoder = encoder
    self.head = head
    self.normalization = normalization
    self.view = view
    self.facts = facts
  }

  /// The encoder's shape.
  var config: VisionTransformer.Config { encoder.config }

  /// Whether it sees 8-bit red, green and blue.
  var seesPhotographs: Bool { normalization.format == nil && config.channels == 3 }

  /// Whether the head sees the mean of the patch tokens, which comes before the only normalisation then.
  var poolsMean: Bool { head?.pooling == .mean }

  /// What the head's normalisation adds to the variance, whatever the encoder's add.
  static let headNormEpsilon = VisionTransformer.Config().normEpsilon

  /// Every tensor by the name it has in memory; with mean pooling without the encoder's last normalisation.
  var state: [String: Tensor] {
    encoder.stateDictionary.filter { !poolsMean || !$0.key.hasPrefix("norm.") }
      .merging(head?.weights ?? [:]) { $1 }
  }

  /// The tensors of attention without a bias of keys: it adds the same to all scores of a query, and the softmax over
  /// keys takes that out again.
  var stateWithoutKeyBias: [String: Tensor] {
    guard config.keyBias else { return state }
    var state = state
    for index in 0..<config.blockCount {
      let prefix = "blocks.\(index).attn."
      let parts = state.removeValue(forKey: prefix + "qkv.bias")!.split(config.embeddingDimension, along: 0)
      (state[prefix + "q_bias"], state[prefix + "v_bias"]) = (parts[0], parts[2])
    }
    return state
  }

  /// The same function in another form, as `VisionTransformer.converted(to:)` has them.
  func converted(_ change: (inout VisionTransformer.Config) -> Void) throws -> ExportedNetwork {
    var target = config
    change(&target)
    guard target != config else { return self }
    return ExportedNetwork(
      encoder: try encoder.converted(to: target), head: head, normalization: normalization, view: view, facts: facts)
  }
}
