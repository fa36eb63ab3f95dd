extension ExperimentRecipe {
  /// The figure on training too long.
  static let figureLonger = ExperimentRecipe(
    name: "figure-longer", title: "Figure: longer is not always better on a very small data set",
    question: "Stanford Cars has 8,144 images. From which number of epochs on does pretraining on them do harm?",
    published: PublishedTable(
      columns: ["Stanford Cars"],
      [
        ("1,000 epochs", [nil]), ("2,500 epochs", [nil]), ("5,000 epochs", [92.8]), ("10,000 epochs", ["much lower"]),
        ("20,000 epochs", ["much lower"]),
      ]),
    legend: """
      Top-1 accuracy on Stanford Cars after fine-tuning, in percent. SplitMask on Stanford Cars, ViT-S. The number is Table \
      6's, words are the paper's description of the figure.
      """,
    notes: [
      "At the scale small, 27, 67, 133, 267 and 533 epochs of 1,000 images in batches of 64 stand for the rows."
    ]
  ) { _ in
    let rows: [(String, Int, Int)] = [
      ("1,000 epochs", 1000, 27), ("2,500 epochs", 2500, 67), ("5,000 epochs", 5000, 133),
      ("10,000 epochs", 10_000, 267),
      ("20,000 epochs", 20_000, 533),
    ]
    return rows.map { row, paper, small in
      PlannedEncoder(
        name: "splitmask-\(paper)-epochs", method: .splitmask, source: .cars,
        length: .epochs(paper: paper, small: small),
        cells: [.init(row: row, column: "Stanford Cars", quantity: .fineTuning(.cars))])
    }
  }
}
