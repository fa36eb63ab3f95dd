import Torch
public import VisionModels

extension BoxHead {
  /// Which regions become detections (facebookresearch/xcit, detection/configs).
  public struct Selection: Codable, Hashable, Sendable {
    /// The probability that a detection's class is above.
    public var scoreThreshold: Float = 0.05
    /// The overlap that two detections of a class may have.
    public var overlapThreshold: Float = 0.5
    /// Detections of an image.
    public var limit = 100

    /// The published values.
    public init() {}
  }

  /// Every image's detections, without masks, by falling score.
  ///
  /// - Parameters:
  ///   - output: classes and boxes of all regions.
  ///   - regions: what `output` is about, image by image.
  ///   - sizes: every image's own size without padding.
  ///   - selection: the thresholds and the largest number of detections.
  public func detections(
    _ output: Output, regions: [Region], sizes: [ImageSize], selection: Selection = Selection()
  ) -> [[Detection]] {
    // One copy from the device for the whole batch.
    let both = noGrad {
      let deltas = output.deltas.reshaped([regions.count, 4 * classCount])
      return Tensor.concatenate([output.logits.softmax(1), deltas], along: 1)
    }
    let values = both.array(of: Float.self)
    let width = 5 * classCount + 1
    var candidates = [[Detection]](repeating: [], count: sizes.count)
    for (row, region) in regions.enumerated() {
      let size = sizes[region.image]
      for label in 0..<classCount where values[row * width + label] > selection.scoreThreshold {
        let start = row * width + classCount + 1 + 4 * label
        let box = BoxCoder.boxHead.decode(
          .init(values[start], values[start + 1], values[start + 2], values[start + 3]), from: region.box,
          imageWidth: Float(size.width), imageHeight: Float(size.height))
        guard box.isFinite else { continue }
        candidates[region.image].append(Detection(box: box, label: label, score: values[row * width + label]))
      }
    }
    let suppression = NonMaximumSuppression(threshold: selection.overlapThreshold)
    return candidates.map { found in
      suppression.keep(
        found.map(\.box), scores: found.map(\.score), groups: found.map(\.label), limit: selection.limit
      ).map { found[$0] }
    }
  }
}
