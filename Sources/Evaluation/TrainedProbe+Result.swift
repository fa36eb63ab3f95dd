import Foundation

extension TrainedProbe {
  /// Accuracies in percent and what they were measured on.
  public struct Result: Codable, Hashable, Sendable {
    /// The accuracy of one block's classifier.
    public struct Layer: Codable, Hashable, Sendable {
      /// The block, counted from 1.
      public let layer: Int
      /// Percent of test images whose class scores highest.
      public let top1: Double
      /// Percent of test images whose class is among the five that score highest.
      public let top5: Double
      /// The mean cross-entropy of the test images.
      public let loss: Double
    }

    /// Percent of test images whose class scores highest; with `beit`, of the best block.
    public let top1: Double
    /// Percent of test images whose class is among the five that score highest.
    public let top5: Double
    /// The mean cross-entropy of the test images.
    public let loss: Double
    /// The protocol.
    public let `protocol`: ProbeProtocol
    /// Every block's accuracy; nil but with `beit`.
    public let byLayer: [Layer]?
    /// The block of the highest top-1, the first of equals, as BEiT's own tables have it: chosen on the test images, so
    /// a little flattered. Nil but with `beit`.
    public let bestLayer: Int?
    /// Passes over the training images.
    public let epochs: Int
    /// Images of a step.
    public let batchSize: Int
    /// The learning rate in use, before its schedule.
    public let learningRate: Double
    /// Decides weights, order and crops.
    public let seed: UInt64
    /// The images and features.
    public let measuredOn: Measured

    init(score: ProbeTraining.Score, schedule: ProbeSchedule, config: Config, measuredOn: Measured) {
      let layers = zip(score.accuracies, score.losses).enumerated().map { number, entry in
        Layer(layer: number + 1, top1: entry.0.top1, top5: entry.0.top5, loss: entry.1)
      }
      let best = layers.reduce(layers[0]) { $1.top1 > $0.top1 ? $1 : $0 }
      let hasCurve = config.protocol == .beit
      (top1, top5, loss) = (best.top1, best.top5, best.loss)
      `protocol` = config.protocol
      byLayer = hasCurve ? layers : nil
      bestLayer = hasCurve ? best.layer : nil
      (epochs, batchSize, learningRate) = (schedule.epochs, schedule.batchSize, schedule.learningRate)
      seed = config.seed
      self.measuredOn = measuredOn
    }

    private enum CodingKeys: String, CodingKey {
      case top1, top5, loss, `protocol`, epochs, seed
      case byLayer = "by_layer"
      case bestLayer = "best_layer"
      case batchSize = "batch_size"
      case learningRate = "learning_rate"
      case measuredOn = "measured_on"
    }
  }
}

extension TrainedProbe.Result: CustomStringConvertible {
  /// A table for people, with the curve over the blocks where there is one.
  public var description: String {
    let best = bestLayer.map { "   block \($0), the best of \(byLayer!.count) on these images" } ?? ""
    let rate = String(format: "%.3g", learningRate)
    let rows = [
      ("test accuracy", "top-1 \(percent(top1))   top-5 \(percent(top5))\(best)"),
      ("schedule", "\(grouped(epochs)) epochs, \(grouped(batchSize)) images a step, learning rate \(rate)"),
    ]
    let text = table("linear probe, protocol \(`protocol`.rawValue)", rows + measuredOn.rows)
    guard let byLayer else { return text }
    return text + "\n\n" + table("top-1 after each block", byLayer.map(TrainedProbe.Result.curveRow))
  }

  /// A bar of at most fifty characters beside the number.
  private static func curveRow(_ layer: Layer) -> (String, String) {
    let number = percent(layer.top1)
    let padding = String(repeating: " ", count: max(0, 8 - number.count))
    return ("block \(layer.layer)", padding + number + "  " + String(repeating: "#", count: Int(layer.top1 / 2)))
  }
}
