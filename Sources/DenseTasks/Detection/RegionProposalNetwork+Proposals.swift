public import ImageLoading
import Torch
public import VisionModels

extension RegionProposalNetwork {
  /// Every image's proposals, best first.
  ///
  /// One copy from the device brings the best anchors of the whole batch to the host, where they become boxes.
  ///
  /// - Parameters:
  ///   - output: scores and box offsets of all anchors.
  ///   - sizes: every image's own size without padding, at whose edges boxes are cut.
  ///   - training: whether the numbers of proposals are those of training.
  public func proposals(_ output: Output, sizes: [ImageSize], training: Bool) -> [[Box]] {
    let count = training ? config.candidatesInTraining : config.candidatesInEvaluation
    let (candidates, levelOf) = noGrad { bestAnchors(output, perLevel: count) }
    // Score, anchor within its level, four changes.
    let width = 6
    let values = candidates.array(of: Float.self)
    return sizes.enumerated().map { image, size in
      var boxes: [Box] = []
      var scores: [Float] = []
      var levels: [Int] = []
      for (position, level) in levelOf.enumerated() {
        let start = (image * levelOf.count + position) * width
        let anchor = output.anchors[output.anchors.levels[level].firstIndex + Int(values[start + 1])]
        let box = BoxCoder().decode(
          .init(values[start + 2], values[start + 3], values[start + 4], values[start + 5]), from: anchor,
          imageWidth: Float(size.width), imageHeight: Float(size.height))
        // A run that diverged has no proposals; its loss is not finite, which the trainer deals with.
        guard box.isFinite, values[start].isFinite else { continue }
        boxes.append(box)
        scores.append(values[start])
        levels.append(level)
      }
      let kept = NonMaximumSuppression(threshold: config.overlapThreshold)
        .keep(boxes, scores: scores, groups: levels, limit: config.proposalCount)
      return kept.map { boxes[$0] }
    }
  }

  /// The best anchors of every level, `[B, k, 6]`, and the level of each of the k.
  private func bestAnchors(_ output: Output, perLevel count: Int) -> (Tensor, [Int]) {
    let batch = output.logits.shape[0]
    var parts: [Tensor] = []
    var levelOf: [Int] = []
    for (number, level) in output.anchors.levels.enumerated() {
      let wanted = min(count, level.count)
      // Logits are in the order of their probabilities and tell apart what those round together.
      let best = output.logits.narrowed(1, start: level.firstIndex, count: level.count).topK(wanted)
      let deltas = output.deltas.narrowed(1, start: level.firstIndex, count: level.count)
        .gathered(1, best.indices.unsqueezed(2).expanded([batch, wanted, 4]))
      // An anchor's number within its level is far below 2²⁴, up to which float32 holds every integer.
      parts.append(
        Tensor.concatenate(
          [best.values.unsqueezed(2), best.indices.to(.float32).unsqueezed(2), deltas], along: 2))
      levelOf += [Int](repeating: number, count: wanted)
    }
    return (Tensor.concatenate(parts, along: 1), levelOf)
  }
}
