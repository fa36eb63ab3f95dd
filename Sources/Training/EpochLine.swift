import SplitMaskCore

/// The numbers of an epoch in words: `epoch 3: accuracy 71.2 %, best so far 72.0 %, loss 0.830`.
package struct EpochLine: Hashable, Sendable, CustomStringConvertible {
  /// What the numbers of the log are called, and what follows them.
  private static let names: [String: (name: String, unit: String)] = [
    "knn_top1": ("accuracy of nearest neighbours", " %"), "top1": ("accuracy", " %"), "top5": ("top-5 accuracy", " %"),
    "best_top1": ("best accuracy so far", " %"),
    "bbox_ap": ("box AP", ""), "bbox_ap50": ("box AP50", ""),
    "segm_ap": ("mask AP", ""), "segm_ap50": ("mask AP50", ""),
    "miou": ("mean IoU", " %"), "macc": ("mean class accuracy", " %"), "aacc": ("pixel accuracy", " %"),
  ]

  /// The line.
  package let description: String

  /// - Parameters:
  ///   - metrics: numbers of an epoch, as they are logged.
  ///   - loss: the last one known; nil where none is.
  package init(_ metrics: StepMetrics, loss: Double? = nil) {
    let all = Self.words(metrics) + (loss.map { ["loss \(HumanReadable.fixed($0, 3))"] } ?? [])
    description = "epoch \(metrics.epoch + 1): \(all.joined(separator: ", "))"
  }

  /// - Parameter metrics: what was measured after some updates.
  package init(observed metrics: StepMetrics) {
    let place = metrics.step == 0 ? "before the first update" : "after \(HumanReadable.count(metrics.step)) updates"
    description = "\(place): \(Self.words(metrics).joined(separator: ", "))"
  }

  private static func words(_ metrics: StepMetrics) -> [String] {
    metrics.values.map { value in
      guard let known = names[value.name] else {
        return "\(value.name.replacing("_", with: " ")) \(HumanReadable.number(value.value))"
      }
      return "\(known.name) \(HumanReadable.fixed(value.value, 1))\(known.unit)"
    }
  }
}
