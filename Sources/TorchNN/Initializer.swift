public import Torch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Initial values of parameters, drawn on the CPU from a generator that the caller passes in, so that they do not
/// depend on the device.
public enum Initializer {
  /// Uniform in `lower ..< upper`, float32.
  public static func uniform(
    _ shape: [Int], _ lower: Double, _ upper: Double, using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    Tensor(shape: shape, dtype: .float32) { bytes in
      let values = bytes.bindMemory(to: Float.self)
      for position in values.indices {
        values[position] = Float(lower + (upper - lower) * unit(&generator))
      }
    }
  }

  /// A normal distribution cut at `±cut` (absolute), by the inverse of its distribution function, float32
  /// (facebookresearch/dino, utils.py).
  public static func truncatedNormal(
    _ shape: [Int], standardDeviation: Double = 0.02, cut: Double = 2,
    using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    // erf(cut / (σ√2)) is 2Φ(cut/σ) - 1, the edge of the uniform distribution. It is 1 for the usual cut of 100 σ, where the
    // inverse is infinite; the largest float32 below 1 ends the distribution at 5.3 σ, and no weight ever starts at 100 σ.
    let edge = min(erf(cut / (standardDeviation * 2.0.squareRoot())), 1 - 0x1p-24)
    let draws = uniform(shape, -edge, edge, using: &generator)
    let normal = draws.inverseErrorFunction() * (standardDeviation * 2.0.squareRoot())
    return normal.clamped(-cut, cut)
  }

  /// libtorch's default for a convolution's weight and bias: uniform in ±1/√fanIn (Kaiming-uniform with a = √5).
  public static func fanInUniform(
    _ shape: [Int], fanIn: Int, using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    let bound = 1 / Double(fanIn).squareRoot()
    return uniform(shape, -bound, bound, using: &generator)
  }

  /// Xavier's uniform distribution for a matrix `[out, in]`, or a kernel seen as one: ±√(6 / (in + out)).
  public static func xavierUniform(_ shape: [Int], using generator: inout some RandomNumberGenerator) -> Tensor {
    let bound = (6 / Double(shape[0] + shape.dropFirst().reduce(1, *))).squareRoot()
    return uniform(shape, -bound, bound, using: &generator)
  }

  /// Xavier's uniform distribution for a kernel `[out, in, k, k]`, every place of it counted: ±√(6 / (k² · (in + out))).
  public static func xavierUniformKernel(_ shape: [Int], using generator: inout some RandomNumberGenerator) -> Tensor {
    let bound = (6 / Double((shape[0] + shape[1]) * shape[2] * shape[3])).squareRoot()
    return uniform(shape, -bound, bound, using: &generator)
  }

  /// Kaiming's normal distribution for layers before a ReLU, by what goes out of a kernel `[out, in, k, k]`: √(2 / (out · k²)).
  public static func kaimingNormal(_ shape: [Int], using generator: inout some RandomNumberGenerator) -> Tensor {
    normal(shape, standardDeviation: (2 / Double(shape[0] * shape[2] * shape[3])).squareRoot(), using: &generator)
  }

  /// A normal distribution around 0, float32.
  public static func normal(
    _ shape: [Int], standardDeviation: Double, using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    truncatedNormal(shape, standardDeviation: standardDeviation, cut: 100 * standardDeviation, using: &generator)
  }

  /// Uniform in [0, 1) with 53 random bits.
  private static func unit(_ generator: inout some RandomNumberGenerator) -> Double {
    Double(generator.next() >> 11) * 0x1p-53
  }
}
