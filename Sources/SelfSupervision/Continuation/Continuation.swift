import SplitMaskCore

/// How an encoder that has learned elsewhere goes on learning, so that it loses nothing to decoder and head, which are new.
///
/// None of the papers goes on from other weights; the numbers are this program's (docs/method.md, Going on from an encoder).
public struct Continuation: Codable, Hashable, Sendable {
  /// The share of the warm-up in which the encoder rests while everything else learns.
  public var rest = 0.5
  /// Multiplies the learning rate of the encoder.
  public var learningRateScale = 0.03
  /// Multiplies it once more from each layer to the one before.
  public var layerDecay = 0.75

  /// The side of the encoder's patches in pixels, to which their weights are resampled; nil keeps its own.
  public var patchSize: Int?

  /// The careful way.
  public init() {}

  /// Updates in which the encoder rests.
  public func restSteps(warmupSteps: Int) -> Int { Int((rest * Double(warmupSteps)).rounded()) }

  /// Checks the ranges.
  ///
  /// - Throws: `InvalidSetting`, its key under `continuation`.
  public func validate() throws {
    if let patchSize, !(1...256).contains(patchSize) {
      throw InvalidSetting("continuation.patchSize", "is \(patchSize); it must be from 1 to 256")
    }
    guard (0...1).contains(rest) else {
      throw InvalidSetting("continuation.rest", "is \(rest); it must be from 0 to 1")
    }
    for (key, value) in [("learningRateScale", learningRateScale), ("layerDecay", layerDecay)] {
      guard value > 0, value <= 1 else {
        throw InvalidSetting("continuation.\(key)", "is \(value); it must be above 0 and at most 1")
      }
    }
  }
}
