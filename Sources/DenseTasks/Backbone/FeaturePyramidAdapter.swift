public import Torch
public import TorchNN

/// Maps of four strides from a plain vision transformer's maps of one: two of them enlarged by transposed convolutions,
/// one as it is, one halved by max pooling (XCiT's and BEiT's adapter:
/// facebookresearch/xcit, detection/backbone/xcit.py).
public final class FeaturePyramidAdapter: Module {
  /// Four times the size.
  package let fpn1: FourfoldUpsampling
  /// Twice the size; in a list, as the published keys have it.
  package let fpn2: [ConvTranspose2d]

  /// libtorch's default weights for maps of `dimension` channels.
  public init(dimension: Int, using generator: inout some RandomNumberGenerator) {
    fpn1 = FourfoldUpsampling(dimension: dimension, using: &generator)
    fpn2 = [ConvTranspose2d(inputs: dimension, outputs: dimension, using: &generator)]
  }

  /// Four maps `[B, D, h, w]` to maps of four, two, one and one half times the size.
  ///
  /// - Parameters:
  ///   - maps: one map `[B, D, h, w]` for each level.
  ///   - training: whether batch normalisation uses the batch's statistics.
  public func callAsFunction(_ maps: [Tensor], training: Bool) -> [Tensor] {
    precondition(maps.count == 4, "the adapter takes four maps, not \(maps.count)")
    return [fpn1(maps[0], training: training), fpn2[0](maps[1]), maps[2], maps[3].maximumPooled(2)]
  }

  /// The blocks whose output the four maps are, counted from 1: every third of twelve.
  ///
  /// - Parameter depth: of the encoder, at least 4.
  public static func blocks(depth: Int) -> [Int] { (1...4).map { $0 * depth / 4 } }
}

/// Two transposed convolutions with batch normalisation and a GELU between them; the layers' keys count the GELU, which
/// has no parameters: `0`, `1`, `3`.
package final class FourfoldUpsampling: Module {
  private let first: ConvTranspose2d
  private let normalization: BatchNorm2d
  private let second: ConvTranspose2d

  init(dimension: Int, using generator: inout some RandomNumberGenerator) {
    first = ConvTranspose2d(inputs: dimension, outputs: dimension, using: &generator)
    normalization = BatchNorm2d(dimension)
    second = ConvTranspose2d(inputs: dimension, outputs: dimension, using: &generator)
  }

  /// The layers' parameters under their places in the sequence.
  package override var namedParameters: [NamedParameter] {
    let layers: [(Int, Module)] = [(0, first), (1, normalization), (3, second)]
    return layers.flatMap { place, layer in layer.namedParameters.map { ("\(place).\($0.key)", $0.parameter) } }
  }

  /// `[B, D, h, w]` to `[B, D, 4 h, 4 w]`.
  package func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    second(normalization(first(input), training: training).gelu())
  }
}
