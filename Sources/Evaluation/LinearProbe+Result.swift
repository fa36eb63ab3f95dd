import Foundation

extension LinearProbe {
  /// Accuracies in percent and what they were measured on.
  public struct Result: Codable, Hashable, Sendable {
    /// What a weight decay gave on the held-out tenth of the training images.
    public struct Trial: Codable, Hashable, Sendable {
      /// The weight decay.
      public let weightDecay: Double
      /// Percent of held-out images whose class has the highest probability.
      public let heldOutTop1: Double
      /// The mean cross-entropy of the held-out images.
      public let heldOutLoss: Double
      /// Steps of the fit.
      public let iterations: Int

      private enum CodingKeys: String, CodingKey {
        case iterations
        case weightDecay = "weight_decay"
        case heldOutTop1 = "held_out_top1"
        case heldOutLoss = "held_out_loss"
      }

      /// By accuracy, then by the loss.
      func isBetter(than other: Trial) -> Bool {
        (heldOutTop1, -heldOutLoss) > (other.heldOutTop1, -other.heldOutLoss)
      }
    }

    /// Tells this result from those of the trained probes.
    public private(set) var `protocol`: ProbeProtocol = .simple
    /// Percent of test images whose class has the highest probability.
    public let top1: Double
    /// Percent of test images whose class is among the five with the highest probability.
    public let top5: Double
    /// The mean cross-entropy of the test images.
    public let loss: Double
    /// The weight decay that was chosen.
    public let weightDecay: Double
    /// Every weight decay that was tried.
    public let search: [Trial]
    /// Training images that were held out to choose it.
    public let heldOutCount: Int
    /// Whether the last fit reached its optimum within the steps allowed.
    public let converged: Bool
    /// The images and features.
    public let measuredOn: Measured

    private enum CodingKeys: String, CodingKey {
      case top1, top5, loss, search, converged, `protocol`
      case weightDecay = "weight_decay"
      case heldOutCount = "held_out_images"
      case measuredOn = "measured_on"
    }
  }
}

extension LinearProbe.Result: CustomStringConvertible {
  /// A table for people.
  public var description: String {
    let chosen = search.first { $0.weightDecay == weightDecay }
    let heldOut = chosen.map { ", \(percent($0.heldOutTop1)) of \(grouped(heldOutCount)) held-out images" } ?? ""
    let rows = [
      ("test accuracy", "top-1 \(percent(top1))   top-5 \(percent(top5))"),
      ("weight decay", String(format: "%.2g", weightDecay) + heldOut),
    ]
    let unfinished = converged ? [] : [("note", "the fit stopped at its limit of steps, short of its optimum")]
    return table("linear probe", rows + unfinished + measuredOn.rows)
  }
}
