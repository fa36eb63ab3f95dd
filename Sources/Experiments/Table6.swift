import Runs

extension ExperimentRecipe {
  private static let targets: [(column: String, dataset: ExperimentDataset)] = [
    ("iNat-18", .inat18), ("iNat-19", .inat19), ("Food-101", .food101), ("Stanford Cars", .cars), ("Clipart", .clipart),
    ("Painting", .painting), ("Sketch", .sketch),
  ]

  /// Table 6: seven data sets.
  static let table6 = ExperimentRecipe(
    name: "table-6", title: "Table 6: pretraining on the target data alone, seven data sets",
    question: """
      Is pretraining on the target's own images, without any others and without labels, as good as pretraining on ImageNet?
      """,
    published: PublishedTable(
      columns: targets.map(\.column),
      [
        ("ViT-S random", [59.6, 67.5, 84.7, 35.3, 41.0, 38.4, 37.2]),
        ("ViT-S DeiT [ImageNet, supervised]", [69.9, 75.8, 91.5, 92.2, 79.6, 74.2, 72.5]),
        ("ViT-S BEiT [ImageNet]", [68.1, 75.2, 90.5, 92.4, 75.3, 68.7, 68.5]),
        ("ViT-S BEiT [target]", [68.8, 76.1, 90.7, 92.7, "diverged", 69.0, "diverged"]),
        ("ViT-S SplitMask [target]", [70.1, 76.3, 91.5, 92.8, 78.3, 69.2, 70.7]),
        ("ViT-B random", [59.6, 68.1, 83.3, 36.9, 41.9, 37.6, 34.9]),
        ("ViT-B DeiT [ImageNet, supervised]", [73.2, 77.7, 91.9, 92.1, 80.0, 73.8, 72.6]),
        ("ViT-B BEiT [ImageNet]", [71.6, 78.6, 91.0, 93.9, 78.0, 71.5, 71.4]),
        ("ViT-B BEiT [target]", [72.4, 79.3, 91.7, 92.7, "diverged", 70.7, "diverged"]),
        ("ViT-B SplitMask [target]", [74.6, 80.4, 91.2, 93.1, 79.3, 72.0, 72.1]),
      ]),
    legend: "Top-1 accuracy after fine-tuning, in percent. What was pretrained on stands in brackets.",
    notes: [dalleNote, givenNote("deit, beit, deit-base and beit-base")]
  ) { scale in
    (scale.hasTwoEncoders ? [PlannedEncoder.Size.small, .base] : [.small]).flatMap(encoders)
  }

  private static func encoders(_ size: PlannedEncoder.Size) -> [PlannedEncoder] {
    func everywhere(_ row: String) -> [PlannedEncoder.Cell] {
      targets.map { .init(row: "\(size.title) \(row)", column: $0.column, quantity: .fineTuning($0.dataset)) }
    }
    func name(_ text: String) -> String { (size == .small ? "s-" : "b-") + text }
    let shared = [
      PlannedEncoder(name: name("random"), method: nil, size: size, cells: everywhere("random")),
      PlannedEncoder(
        name: name("supervised-imagenet"), method: .supervised, size: size, givenName: size.givenName("deit"),
        cells: everywhere("DeiT [ImageNet, supervised]")),
      PlannedEncoder(
        name: name("beit-imagenet"), method: .beit, size: size, hasDalleInPaper: true,
        givenName: size.givenName("beit"),
        cells: everywhere("BEiT [ImageNet]")),
    ]
    let own = [("BEiT [target]", PretrainingMethod.beit), ("SplitMask [target]", .splitmask)].flatMap { row, method in
      targets.map { column, dataset in
        PlannedEncoder(
          name: name("\(method.rawValue)-\(dataset.rawValue)"), method: method, size: size, source: dataset,
          cells: [.init(row: "\(size.title) \(row)", column: column, quantity: .fineTuning(dataset))])
      }
    }
    return shared + own
  }
}
