import Foundation
import SplitMaskCore

/// Additive Gaussian noise of one view; the same whatever thread adds it.
package struct GaussianNoise: Hashable, Sendable {
  /// The standard deviation as a share of 255.
  package var standardDeviation: Double
  /// Gives the values.
  package var seed: UInt64

  package init(standardDeviation: Double, seed: UInt64) {
    self.standardDeviation = standardDeviation
    self.seed = seed
  }

  /// Adds the noise to values on the scale 0 to 255, two by two (Box and Muller).
  func add(to values: UnsafeMutableBufferPointer<Float>) {
    var generator = SeededGenerator(seed: seed, purpose: .noise)
    let scale = Float(255 * standardDeviation)
    for index in stride(from: 0, to: values.count, by: 2) {
      let bits = generator.next()
      // In (0, 1], so that its logarithm is finite.
      let uniform = Float((bits >> 40) + 1) * 0x1p-24
      let angle = Float(bits & 0xFF_FFFF) * 0x1p-24 * 2 * .pi
      let radius = scale * (-2 * log(uniform)).squareRoot()
      values[index] += radius * cos(angle)
      if index + 1 < values.count { values[index + 1] += radius * sin(angle) }
    }
  }
}
