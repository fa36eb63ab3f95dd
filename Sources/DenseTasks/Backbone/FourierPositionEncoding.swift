public import Torch
public import TorchNN
public import VisionModels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Positions for images of any size: sines and cosines of the row and the column, each from just above 0 to 2π over the
/// image, and one learned linear map (XCiT's module: facebookresearch/xcit, detection/backbone/xcit.py).
public final class FourierPositionEncoding: Module {
  /// A 1 × 1 convolution's weights under XCiT's key.
  public let tokenProjection: Conv2d

  /// Features of an axis.
  static let axisFeatures = 32
  private static let temperature = 10000.0

  /// libtorch's default weights for `dimension` values of a token.
  public init(dimension: Int, using generator: inout some RandomNumberGenerator) {
    let inputs = 2 * FourierPositionEncoding.axisFeatures
    tokenProjection = Conv2d(
      weight: Initializer.fanInUniform([dimension, inputs, 1, 1], fanIn: inputs, using: &generator))
    tokenProjection.bias!.assign(Initializer.fanInUniform([dimension], fanIn: inputs, using: &generator))
  }

  /// The vectors of a grid's places, `[n, D]`.
  public func callAsFunction(_ grid: PatchGrid) -> Tensor {
    let weight = tokenProjection.weight.value
    let dimension = weight.shape[0]
    let axes = [grid.rows, grid.columns].map { FourierPositionEncoding.features($0).to(weight.device) }
    // The features of rows come first. Rows and columns are mapped by themselves and added at every place.
    let parts = weight.reshaped([dimension, -1]).split(FourierPositionEncoding.axisFeatures, along: 1)
    let rows = axes[0].linear(parts[0], bias: tokenProjection.bias!.value)
    let columns = axes[1].linear(parts[1])
    return (rows.unsqueezed(1) + columns.unsqueezed(0)).reshaped([grid.count, dimension])
  }

  /// The features of the places of an axis, `[count, 32]`.
  static func features(_ count: Int) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(count * axisFeatures)
    for place in 1...count {
      let angle = Double(place) / (Double(count) + 1e-6) * 2 * .pi
      for feature in 0..<axisFeatures {
        let frequency = pow(temperature, Double(2 * (feature / 2)) / Double(axisFeatures))
        values.append(Float(feature % 2 == 0 ? sin(angle / frequency) : cos(angle / frequency)))
      }
    }
    return Tensor(values, shape: [count, axisFeatures])
  }
}
