import Foundation
import SplitMaskCore

/// How much a material reflects in the channels beyond red, green and blue: a smooth curve over them.
struct Spectrum: Sendable {
  /// Channels over which the curve's slowest wave repeats.
  private static let period: Float = 16

  private var mean: Float
  /// Of waves once, twice and three times as fast.
  private var amplitudes: [Float]
  private var phases: [Float]

  /// Any material's.
  init(using generator: inout SeededGenerator) {
    mean = Float(generator.uniform(in: 0.35...0.65))
    amplitudes = (1...3).map { Float(generator.uniform(in: 0.15...0.3)) / Float($0) }
    phases = (1...3).map { _ in Float(generator.uniform(in: 0...(2 * .pi))) }
  }

  /// One of the two that objects of a class have in every data set, as far as it is the same in all of them.
  init(of shape: ShapeClass, isSecond: Bool) {
    let number = ShapeClass.allCases.firstIndex(of: shape)!
    // Scenes draw with epochs of their own.
    var generator = SeededGenerator(seed: UInt64(number), epoch: isSecond ? 2 : 1, purpose: .dataSet)
    self.init(using: &generator)
  }

  /// The same, but a little different.
  func varied(using generator: inout SeededGenerator) -> Spectrum {
    var spectrum = self
    spectrum.mean += Float(generator.uniform(in: -0.06...0.06))
    spectrum.phases = phases.map { $0 + Float(generator.uniform(in: -0.25...0.25)) }
    return spectrum
  }

  /// The share of light that is reflected in a channel, counted from 0; 3 is the first beyond blue.
  func reflectance(_ channel: Int) -> Float {
    var sum = mean
    for (wave, (amplitude, phase)) in zip(amplitudes, phases).enumerated() {
      sum += amplitude * cosf(2 * .pi * Float((wave + 1) * channel) / Self.period + phase)
    }
    return min(max(sum, 0.03), 0.97)
  }
}
