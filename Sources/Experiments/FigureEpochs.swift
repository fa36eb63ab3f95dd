extension ExperimentRecipe {
  /// The figure over the number of epochs.
  static let figureEpochs = ExperimentRecipe(
    name: "figure-epochs", title: "Figure: how many epochs of a tenth of ImageNet",
    question: "How often can the same tenth of ImageNet be shown before it teaches nothing more?",
    published: PublishedTable(
      columns: ["iNat-19"],
      [
        ("300 epochs", [nil]), ("1,000 epochs", [nil]), ("2,000 epochs", [nil]), ("3,000 epochs", [75.4]),
        ("5,000 epochs", ["slightly lower"]), ("10,000 epochs", ["slightly lower"]),
      ]),
    legend: """
      Top-1 accuracy on iNat-19 after fine-tuning, in percent. SplitMask on 10 % of ImageNet, ViT-S. The number is Table 1's, \
      words are the paper's description of the figure.
      """,
    notes: ["At the scale small, 8, 27, 53, 82, 133 and 267 epochs of 5,000 images stand for the rows."]
  ) { _ in
    let rows: [(String, Int, Int)] = [
      ("300 epochs", 300, 8), ("1,000 epochs", 1000, 27), ("2,000 epochs", 2000, 53), ("3,000 epochs", 3000, 82),
      ("5,000 epochs", 5000, 133), ("10,000 epochs", 10_000, 267),
    ]
    return rows.map { row, paper, small in
      PlannedEncoder(
        name: "splitmask-\(paper)-epochs", method: .splitmask, share: .fraction(0.1),
        length: .epochs(paper: paper, small: small),
        cells: [.init(row: row, column: "iNat-19", quantity: .fineTuning(.inat19))])
    }
  }
}
