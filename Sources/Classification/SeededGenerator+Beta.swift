import Foundation
import SplitMaskCore

extension SeededGenerator {
  /// The symmetric beta distribution of a parameter above 0, as a ratio of two gamma draws.
  mutating func beta(_ alpha: Double) -> Double {
    let first = gamma(alpha)
    let second = gamma(alpha)
    // Tiny parameters can bring both to zero, where the distribution has its mass at both ends.
    return first + second > 0 ? first / (first + second) : (bool(probability: 0.5) ? 1 : 0)
  }

  /// The gamma distribution of scale 1, by Marsaglia and Tsang (2000).
  private mutating func gamma(_ shape: Double) -> Double {
    guard shape >= 1 else {
      let boost = pow(1 - uniform(), 1 / shape)
      return gamma(shape + 1) * boost
    }
    let offset = shape - 1.0 / 3
    let scale = 1 / (9 * offset).squareRoot()
    while true {
      let deviate = normal()
      let root = 1 + scale * deviate
      guard root > 0 else { continue }
      let cube = root * root * root
      if log(1 - uniform()) < 0.5 * deviate * deviate + offset - offset * cube + offset * log(cube) {
        return offset * cube
      }
    }
  }
}
