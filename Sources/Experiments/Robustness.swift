extension ExperimentRecipe {
  /// Every data set to pretrain on with every one to fine-tune on.
  static let robustness: ExperimentRecipe = {
    let targets: [ExperimentDataset] = [.inat19, .food101, .cars, .clipart]
    return ExperimentRecipe(
      name: "robustness", title: "Robustness: pretrain on one data set, fine-tune on another",
      question: "How much does it matter which images an encoder was pretrained on, if it is fine-tuned on others?",
      published: PublishedTable(
        columns: targets.map(\.title),
        [
          ("none", [67.5, 84.7, 35.3, 41.0]), ("DeiT [ImageNet, supervised]", [75.8, 91.5, 92.2, 79.6]),
          ("BEiT [ImageNet]", [75.2, 90.5, 92.4, 75.3]), ("ImageNet", [75.4, nil, nil, nil]),
          ("iNat-19", [76.3, nil, nil, nil]),
          ("Food-101", [nil, 91.5, nil, nil]), ("Stanford Cars", [nil, nil, 92.8, nil]),
          ("Clipart", [nil, nil, nil, 78.3]),
        ]),
      legend: """
        Top-1 accuracy after fine-tuning, in percent; rows were pretrained on, columns fine-tuned on. SplitMask where nothing \
        else is said, ViT-S. Published numbers are those of the paper's Tables 1 and 6 for the same pairs.
        """, notes: [givenNote("deit and beit")]
    ) { _ in
      func everywhere(_ row: String) -> [PlannedEncoder.Cell] {
        targets.map { .init(row: row, column: $0.title, quantity: .fineTuning($0)) }
      }
      let given = [("deit", "DeiT [ImageNet, supervised]"), ("beit", "BEiT [ImageNet]")].map { name, row in
        PlannedEncoder(
          name: name, method: nil, givenName: name, obstacle: "is not made here", cells: everywhere(row))
      }
      let sources: [ExperimentDataset] = [.imagenet] + targets
      return [PlannedEncoder(name: "random", method: nil, cells: everywhere("none"))] + given
        + sources.map { source in
          PlannedEncoder(
            name: "splitmask-\(source.rawValue)", method: .splitmask, source: source, cells: everywhere(source.title))
        }
    }
  }()
}
