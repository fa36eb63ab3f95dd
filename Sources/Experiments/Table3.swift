import ImageData

extension ExperimentRecipe {
  /// Table 3: data sets and their epochs.
  static let table3 = ExperimentRecipe(
    name: "table-3", title: "Table 3: how long to pretrain on which data set",
    question: """
      The paper keeps the number of updates of 300 ImageNet epochs, but never goes beyond 5,000 passes over a small data \
      set of classes. How many updates is that?
      """,
    published: PublishedTable(
      columns: ["images", "epochs", "updates"],
      [
        ("ImageNet", [1_281_167, 300, 187_700]), ("iNat-18", [437_513, 800, 170_900]),
        ("iNat-19", [265_240, 1400, 181_300]), ("Food-101", [75_750, 5000, 184_900]),
        ("Stanford Cars", [8144, 5000, 19_900]), ("Clipart", [34_019, 5000, 83_100]),
        ("Painting", [52_867, 5000, 129_100]), ("Sketch", [49_115, 5000, 119_900]),
        ("ADE20k", [20_210, 21_000, 207_200]),
        ("COCO", [118_287, 3000, 173_300]), ("ImageNet 10 %", [128_000, 3000, 187_700]),
        ("ImageNet 1 %", [12_800, 30_000, 187_700]),
      ]),
    legend: """
      Updates of SplitMask's pretraining. Images and epochs are the paper's, its updates are computed from them at a batch \
      of 2,048. ViT-S.
      """,
    notes: [
      "An epoch ends with its last whole batch here, so small data sets have somewhat fewer updates than computed."
    ],
    publishedOnly: ["images": "a published fact", "epochs": "a published fact"]
  ) { _ in
    // At the small scale 8 epochs of 50,000 images, as many updates of less, but at most 133 passes: 5,000 × 8 / 300.
    let sources: [(String, ExperimentDataset, LabelAmount?, Int, Int)] = [
      ("ImageNet", .imagenet, nil, 300, 8), ("iNat-18", .inat18, nil, 800, 8), ("iNat-19", .inat19, nil, 1400, 82),
      ("Food-101", .food101, nil, 5000, 82), ("Stanford Cars", .cars, nil, 5000, 133),
      ("Clipart", .clipart, nil, 5000, 82), ("Painting", .painting, nil, 5000, 82), ("Sketch", .sketch, nil, 5000, 82),
      ("ADE20k", .ade20k, nil, 21_000, 82), ("COCO", .coco, nil, 3000, 82),
      ("ImageNet 10 %", .imagenet, .fraction(0.1), 3000, 82),
      ("ImageNet 1 %", .imagenet, .fraction(0.01), 30_000, 1560),
    ]
    return sources.map { row, source, share, paper, small in
      PlannedEncoder(
        name: "splitmask-\(source.rawValue)" + (share.map { "-" + $0.slug } ?? ""), method: .splitmask, source: source,
        share: share, length: .epochs(paper: paper, small: small),
        cells: [.init(row: row, column: "updates", quantity: .updates)])
    }
  }
}
