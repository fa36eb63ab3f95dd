import Torch

extension MaskRCNN {
  /// Every image's objects, by falling score, in pixels of the images as they are given; nothing is found where the
  /// network's values are not finite.
  public func callAsFunction(_ images: DenseImages) -> [[Detection]] { find(images).detections }

  /// Every image's objects, and the images for which some of the network's values are infinite or not numbers.
  func find(_ images: DenseImages) -> (detections: [[Detection]], nonFinite: Set<Int>) {
    noGrad {
      let features = features(images, depth: nil, training: false)
      let regions = rpnHead.proposals(features.proposals, sizes: images.sizes, training: false).enumerated()
        .flatMap { image, boxes in boxes.map { Region(image: image, box: $0) } }
      let output = bboxHead(RoIAlign(side: BoxHead.side)(features.regions, regions: regions))
      let found = bboxHead.detections(
        output, regions: regions, sizes: images.sizes, selection: config.selection)
      var nonFinite = Set([features.proposals.logits, features.proposals.deltas].flatMap(Self.nonFiniteRows))
      for row in [output.logits, output.deltas].flatMap(Self.nonFiniteRows) { nonFinite.insert(regions[row].image) }
      guard let maskHead else { return (found, nonFinite) }
      let masked = addingMasks(to: found, features.regions, maskHead, nonFinite: &nonFinite)
      return (masked, nonFinite)
    }
  }

  /// Rows with values that are infinite or not numbers.
  private static func nonFiniteRows(_ values: Tensor) -> [Int] {
    guard values.shape[0] > 0 else { return [] }
    let rows = values.reshaped([values.shape[0], -1]).absolute().maximum([1]).isFinite().array(of: Bool.self)
    return rows.indices.filter { !rows[$0] }
  }

  private func addingMasks(
    to found: [[Detection]], _ features: PyramidFeatures, _ head: MaskHead, nonFinite: inout Set<Int>
  ) -> [[Detection]] {
    let regions = found.enumerated().flatMap { image, detections in
      detections.map { Region(image: image, box: $0.box) }
    }
    let logits = head(RoIAlign(side: MaskHead.regionSide)(features, regions: regions))
    for row in Self.nonFiniteRows(logits) { nonFinite.insert(regions[row].image) }
    var masks = head.probabilities(logits, labels: found.joined().map(\.label)).makeIterator()
    return found.map { detections in
      detections.map { Detection(box: $0.box, label: $0.label, score: $0.score, mask: masks.next()) }
    }
  }
}
