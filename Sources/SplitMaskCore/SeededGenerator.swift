import Foundation

/// Random numbers that depend on (seed, epoch, index, purpose) only, so that no draw depends on the order of work.
///
/// xoshiro256** (Blackman and Vigna, 2018), its state filled by SplitMix64 from the four numbers. Its sequences are part
/// of what a seed means: a change to this file changes every run.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  /// What the numbers are drawn for. Two purposes never share a sequence.
  public enum Purpose: UInt64, CaseIterable, Sendable {
    case order = 1
    case augmentation
    case mask
    case initialization
    case tokenizer
    case stochasticDepth
    case dataSet
    case evaluation
    // Numbered with a gap, so that purposes added elsewhere do not change its sequences.
    case onlineProbe = 48
    // Numbered with a gap, so that purposes added elsewhere do not change these sequences.
    case mixing = 32
    case erasing
    case labelSubset
    // Numbered with a gap, so that purposes added elsewhere do not change these sequences.
    case regionSampling = 64
    case channelDropout
    // Numbered with a gap, so that purposes added elsewhere do not change its sequences.
    case noise = 80
  }

  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// The generator of one draw: `index` is that of an image, a batch or whatever the purpose counts.
  public init(seed: UInt64, epoch: Int = 0, index: Int = 0, purpose: Purpose) {
    var key = seed
    for part in [UInt64(bitPattern: Int64(epoch)), UInt64(bitPattern: Int64(index)), purpose.rawValue] {
      key = Self.splitMix(&key) ^ part
    }
    state = (Self.splitMix(&key), Self.splitMix(&key), Self.splitMix(&key), Self.splitMix(&key))
  }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    func rotate(_ x: UInt64, _ count: UInt64) -> UInt64 { x << count | x >> (64 - count) }
    let result = rotate(state.1 &* 5, 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotate(state.3, 45)
    return result
  }

  /// Uniform in [0, 1), with 53 random bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Uniform in the range.
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Normal with mean 0 and variance 1, by Box and Muller.
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// Uniform among the integers of the range, without bias (Lemire, 2019).
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    let span = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound)) &+ 1
    guard span > 0 else { return Int(bitPattern: UInt(next())) }
    var product = next().multipliedFullWidth(by: span)
    if product.low < span {
      let threshold = (0 &- span) % span
      while product.low < threshold { product = next().multipliedFullWidth(by: span) }
    }
    return range.lowerBound &+ Int(truncatingIfNeeded: product.high)
  }

  /// True with the given probability.
  public mutating func bool(probability: Double) -> Bool {
    uniform() < probability
  }

  /// A random order of 0 ..< count (Fisher and Yates).
  public mutating func permutation(count: Int) -> [Int] {
    var result = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) { result.swapAt(i, integer(in: 0...i)) }
    return result
  }
}
