import Comparisons
import Runs

extension ExperimentRecipe {
  /// What stands for the paper's data set of a dense task at a scale.
  static func denseTarget(_ paper: ExperimentDataset, small: ExperimentDataset, at scale: ExperimentScale)
    -> ExperimentDataset
  {
    switch scale {
    case .debug: .shapes
    case .small: small
    case .paper: paper
    }
  }

  /// Why encoders of ImageNet are not made at a scale; nil where they are.
  static func imageNetObstacle(at scale: ExperimentScale) -> String? {
    scale == .small ? "nothing of 224 pixels stands for ImageNet at the scale small" : nil
  }

  /// Table 4: detection.
  static let table4 = ExperimentRecipe(
    name: "table-4", title: "Table 4: detection and instance segmentation on COCO",
    question: """
      Is an encoder that has seen the images of COCO alone, without their labels, as good a backbone of Mask R-CNN as one of \
      ImageNet?
      """,
    published: PublishedTable(
      columns: DetectionFigure.allCases.map(\.rawValue),
      [
        ("ViT-S random", [38.3, 60.1, 41.4, 35.6, 57.1, 37.7]),
        ("ViT-S random, 6x", [42.8, 64.5, 45.6, 39.1, 61.5, 41.7]),
        ("ViT-S DeiT [ImageNet, supervised]", [44.2, 66.6, 47.9, 40.1, 63.2, 42.7]),
        ("ViT-S BEiT [ImageNet]", [44.5, 66.2, 48.8, 40.3, 63.2, 43.1]),
        ("ViT-S DINO [COCO]", [43.7, 65.5, 47.7, 39.6, 62.3, 42.3]),
        ("ViT-S BEiT [COCO]", [44.7, 66.3, 48.8, 40.2, 63.1, 43.2]),
        ("ViT-S SplitMask [COCO]", [45.3, 66.9, 49.4, 40.6, 63.6, 43.5]),
        ("ViT-B random", [40.7, 62.7, 44.2, 37.1, 59.1, 39.4]),
        ("ViT-B random, 6x", [43.0, 64.2, 46.9, 38.8, 61.3, 41.6]),
        ("ViT-B DeiT [ImageNet, supervised]", [45.5, 67.9, 49.2, 41.0, 64.6, 43.8]),
        ("ViT-B BEiT [ImageNet]", [46.3, 67.6, 50.6, 41.6, 64.5, 44.9]),
        ("ViT-B DINO [COCO]", [43.1, 64.4, 46.9, 38.9, 61.4, 41.4]),
        ("ViT-B BEiT [COCO]", [46.7, 67.7, 51.2, 41.8, 65.0, 44.6]),
        ("ViT-B SplitMask [COCO]", [46.8, 67.9, 51.5, 42.1, 65.3, 45.1]),
      ]),
    legend: """
      COCO's average precision of boxes and masks, in percent, of Mask R-CNN trained for the 3x schedule of 36 epochs, or for \
      6x. What was pretrained on stands in brackets.
      """,
    notes: [
      "--finetune-set changes settings of the detector's training.",
      dalleNote, givenNote("deit, beit, deit-base and beit-base"),
    ]
  ) { scale in
    (scale.hasTwoEncoders ? [PlannedEncoder.Size.small, .base] : [.small]).flatMap { backbones($0, at: scale) }
  }

  private static func backbones(_ size: PlannedEncoder.Size, at scale: ExperimentScale) -> [PlannedEncoder] {
    let target = denseTarget(.coco, small: .pennFudan, at: scale)
    func encoder(
      _ name: String, _ row: String, _ method: PretrainingMethod?, source: ExperimentDataset = .imagenet,
      schedules: Int = 1, dalle: Bool = false, given: String? = nil, obstacle: String? = nil
    ) -> PlannedEncoder {
      PlannedEncoder(
        name: (size == .small ? "s-" : "b-") + name, method: method, size: size, source: source, hasDalleInPaper: dalle,
        isBackbone: true, givenName: given.map(size.givenName), obstacle: obstacle,
        cells: DetectionFigure.allCases.map {
          .init(
            row: "\(size.title) \(row)", column: $0.rawValue,
            quantity: .detection(target, $0, schedules: schedules))
        })
    }
    let obstacle = imageNetObstacle(at: scale)
    return [
      encoder("random", "random", nil), encoder("random-6x", "random, 6x", nil, schedules: 2),
      encoder("supervised-imagenet", "DeiT [ImageNet, supervised]", .supervised, given: "deit", obstacle: obstacle),
      encoder("beit-imagenet", "BEiT [ImageNet]", .beit, dalle: true, given: "beit", obstacle: obstacle),
      encoder("dino-target", "DINO [COCO]", .dino, source: target),
      encoder("beit-target", "BEiT [COCO]", .beit, source: target),
      encoder("splitmask-target", "SplitMask [COCO]", .splitmask, source: target),
    ]
  }
}
