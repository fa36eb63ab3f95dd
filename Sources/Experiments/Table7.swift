import Runs

extension ExperimentRecipe {
  /// Table 7: ImageNet.
  static let table7 = ExperimentRecipe(
    name: "table-7", title: "Table 7: pretraining and fine-tuning on ImageNet",
    question: "On ImageNet itself, how does SplitMask compare with other ways to pretrain without labels?",
    published: PublishedTable(
      columns: ["ViT-S", "ViT-B"],
      [
        ("MoCo v3", [81.4, 83.2]), ("DINO", [81.5, 83.6]), ("BEiT", [81.3, 82.8]), ("BEiT 800 epochs", [nil, 83.2]),
        ("SplitMask", [81.5, 83.6]),
      ]),
    legend: """
      Top-1 accuracy on ImageNet after fine-tuning, in percent; 300 epochs of pretraining unless the row says otherwise, \
      400 of DINO with ViT-B.
      """,
    notes: [
      "The paper does not say how it fine-tunes on ImageNet; here by BEiT's recipe, 200 epochs of ViT-S and 100 of ViT-B.",
      "With one encoder for both, the row of 800 epochs stands in the first column.",
    ],
    publishedOnly: ["MoCo v3": "not one of the methods here"]
  ) { scale in
    let sizes: [PlannedEncoder.Size] = scale.hasTwoEncoders ? [.small, .base] : [.small]
    let rows: [(String, PretrainingMethod)] = [("DINO", .dino), ("BEiT", .beit), ("SplitMask", .splitmask)]
    var encoders = sizes.flatMap { size in
      rows.map { row, method in
        PlannedEncoder(
          name: (size == .small ? "s-" : "b-") + method.rawValue, method: method, size: size,
          length: .published(epochs: method == .dino && size == .base ? 400 : 300),
          cells: [.init(row: row, column: size.title, quantity: .fineTuning(.imagenet))])
      }
    }
    let long = sizes.last ?? .base
    encoders.append(
      PlannedEncoder(
        name: (long == .small ? "s-" : "b-") + "beit-long", method: .beit, size: long,
        length: .epochs(paper: 800, small: 21),
        cells: [.init(row: "BEiT 800 epochs", column: long.title, quantity: .fineTuning(.imagenet))]))
    return encoders
  }
}
