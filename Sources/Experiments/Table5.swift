import Runs

extension ExperimentRecipe {
  /// Table 5: segmentation.
  static let table5 = ExperimentRecipe(
    name: "table-5", title: "Table 5: semantic segmentation on ADE20k",
    question: """
      Is an encoder that has seen the 20,210 images of ADE20k alone, without their labels, as good a backbone of UPerNet as \
      one of ImageNet?
      """,
    published: PublishedTable(
      columns: ["mIoU"],
      [
        ("random", [25.4]), ("DeiT [ImageNet, supervised]", [46.1]), ("BEiT [ImageNet]", [45.6]),
        ("BEiT [ADE20k]", [45.6]), ("SplitMask [ADE20k]", [45.7]),
      ]),
    legend: """
      Mean intersection over union of UPerNet on the validation images, in percent. ViT-B. What was pretrained on stands in \
      brackets.
      """,
    notes: [
      """
      Pretraining on ADE20k takes crops of a quarter of the image at most, which the paper calls crucial for scenes; other \
      scales keep their own crops.
      """,
      "--finetune-set changes settings of the segmenter's training.",
      dalleNote, givenNote("deit-base and beit-base"),
    ]
  ) { scale in
    let target = denseTarget(.ade20k, small: .camvid, at: scale)
    let obstacle = imageNetObstacle(at: scale)
    func encoder(
      _ name: String, _ row: String, _ method: PretrainingMethod?, source: ExperimentDataset = .imagenet,
      dalle: Bool = false, given: String? = nil, obstacle: String? = nil
    ) -> PlannedEncoder {
      PlannedEncoder(
        name: name, method: method, size: .base, source: source, hasDalleInPaper: dalle, isBackbone: true,
        givenName: given.map(PlannedEncoder.Size.base.givenName), obstacle: obstacle,
        cells: [.init(row: row, column: "mIoU", quantity: .segmentation(target))])
    }
    return [
      encoder("random", "random", nil),
      encoder("supervised-imagenet", "DeiT [ImageNet, supervised]", .supervised, given: "deit", obstacle: obstacle),
      encoder("beit-imagenet", "BEiT [ImageNet]", .beit, dalle: true, given: "beit", obstacle: obstacle),
      encoder("beit-target", "BEiT [ADE20k]", .beit, source: target),
      encoder("splitmask-target", "SplitMask [ADE20k]", .splitmask, source: target),
    ]
  }
}
