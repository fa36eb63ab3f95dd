import Torch

extension MaskRCNN {
  /// Every image's objects, by falling score, in pixels of the images as they are given.
  public func callAsFunction(_ images: DenseImages) -> [[Detection]] {
    noGrad {
      let features = features(images, depth: nil, training: false)
      let regions = rpnHead.proposals(features.proposals, sizes: images.sizes, training: false).enumerated()
        .flatMap { image, boxes in boxes.map { Region(image: image, box: $0) } }
      let output = bboxHead(RoIAlign(side: BoxHead.side)(features.regions, regions: regions))
      let found = bboxHead.detections(
        output, regions: regions, sizes: images.sizes, selection: config.selection)
      return maskHead.map { addingMasks(to: found, features.regions, $0) } ?? found
    }
  }

  private func addingMasks(
    to found: [[Detection]], _ features: PyramidFeatures, _ head: MaskHead
  ) -> [[Detection]] {
    let regions = found.enumerated().flatMap { image, detections in
      detections.map { Region(image: image, box: $0.box) }
    }
    let logits = head(RoIAlign(side: MaskHead.regionSide)(features, regions: regions))
    var masks = head.probabilities(logits, labels: found.joined().map(\.label)).makeIterator()
    return found.map { detections in
      detections.map { Detection(box: $0.box, label: $0.label, score: $0.score, mask: masks.next()) }
    }
  }
}
