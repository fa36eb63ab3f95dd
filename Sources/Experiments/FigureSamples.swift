import ImageData

extension ExperimentRecipe {
  /// The figure over the number of images.
  static let figureSamples = ExperimentRecipe(
    name: "figure-samples", title: "Figure: how many images to pretrain on, at the same number of updates",
    question: """
      How few images are enough, if they are shown more often? The paper finds transfer to be best from 5 % of ImageNet on, \
      and 1,000 images still to be worth some four points.
      """,
    published: PublishedTable(
      columns: ["iNat-19"],
      [
        ("none (random)", [67.5]), ("0.1 %", ["about 4 above random"]), ("1 %", [74.8]), ("5 %", ["as good as all"]),
        ("10 %", [75.4]), ("50 %", [nil]), ("100 %", [75.4]),
      ]),
    legend: """
      Top-1 accuracy on iNat-19 after fine-tuning, in percent. SplitMask, ViT-S. Published numbers are those of the paper's \
      Tables 1 and 6 for the same encoders; words are its description of the figure.
      """,
    notes: ["0.1 % are fewer images than a batch, so there the batch is smaller: 1,024 images, at the scale small 32."]
  ) { _ in
    let shares = [("0.1 %", 0.001), ("1 %", 0.01), ("5 %", 0.05), ("10 %", 0.1), ("50 %", 0.5), ("100 %", 1)]
    let random = PlannedEncoder(
      name: "random", method: nil,
      cells: [.init(row: "none (random)", column: "iNat-19", quantity: .fineTuning(.inat19))])
    return [random]
      + shares.map { row, share in
        PlannedEncoder(
          name: "splitmask-" + LabelAmount.fraction(share).slug, method: .splitmask,
          share: share == 1 ? nil : .fraction(share), length: .updates(paper: ExperimentScale.paperUpdates),
          batchSize: share == 0.001 ? (paper: 1024, small: 32) : nil,
          cells: [.init(row: row, column: "iNat-19", quantity: .fineTuning(.inat19))])
      }
  }
}
