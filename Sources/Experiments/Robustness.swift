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
          ("none", [67.5, 84.7, 35.3, 41.0]), ("ImageNet", [75.4, nil, nil, nil]), ("iNat-19", [76.3, nil, nil, nil]),
          ("Food-101", [nil, 91.5, nil, nil]), ("Stanford Cars", [nil, nil, 92.8, nil]),
          ("Clipart", [nil, nil, nil, 78.3]),
        ]),
      legend: """
        Top-1 accuracy after fine-tuning, in percent; rows were pretrained on, columns fine-tuned on. SplitMask, ViT-S. \
        Published numbers are those of the paper's Tables 1 and 6 for the same pairs.
        """
    ) { _ in
      let sources: [ExperimentDataset?] = [nil, .imagenet] + targets
      return sources.map { source in
        PlannedEncoder(
          name: source.map { "splitmask-\($0.rawValue)" } ?? "random", method: source == nil ? nil : .splitmask,
          source: source ?? .imagenet,
          cells: targets.map {
            .init(row: source?.title ?? "none", column: $0.title, quantity: .fineTuning($0))
          })
      }
    }
  }()
}
