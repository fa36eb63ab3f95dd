import Foundation
import SplitMaskCore

extension Augmentation {
  /// What noise depends on.
  public enum NoiseDistribution: String, Codable, Hashable, Sendable, CaseIterable {
    /// Gaussian, the same everywhere: what electronics add.
    case gaussian
    /// Gaussian with a variance in proportion to the value, as counted photons have: of cameras with little light.
    case shot
    /// Gaussian with a standard deviation in proportion to the value: of radar, ultrasound and lasers.
    case speckle
  }
}

/// Noise of one view; the same whatever thread adds it.
package struct ViewNoise: Hashable, Sendable {
  /// What it depends on.
  package var distribution: Augmentation.NoiseDistribution
  /// The standard deviation, as a share of 255, of a value of 255.
  package var standardDeviation: Double
  /// Gives the values.
  package var seed: UInt64

  package init(_ distribution: Augmentation.NoiseDistribution = .gaussian, standardDeviation: Double, seed: UInt64) {
    self.distribution = distribution
    self.standardDeviation = standardDeviation
    self.seed = seed
  }

  /// Adds the noise to values on the scale 0 to 255, two by two (Box and Muller).
  func add(to values: UnsafeMutableBufferPointer<Float>) {
    var generator = SeededGenerator(seed: seed, purpose: .noise)
    for index in stride(from: 0, to: values.count, by: 2) {
      let bits = generator.next()
      // In (0, 1], so that its logarithm is finite.
      let uniform = Float((bits >> 40) + 1) * 0x1p-24
      let angle = Float(bits & 0xFF_FFFF) * 0x1p-24 * 2 * .pi
      let radius = (-2 * log(uniform)).squareRoot()
      values[index] += deviation(of: values[index]) * radius * cos(angle)
      if index + 1 < values.count { values[index + 1] += deviation(of: values[index + 1]) * radius * sin(angle) }
    }
  }

  private func deviation(of value: Float) -> Float {
    let whole = Float(255 * standardDeviation)
    let share = max(0, value) / 255
    return switch distribution {
    case .gaussian: whole
    case .shot: whole * share.squareRoot()
    case .speckle: whole * share
    }
  }
}
