import SelfSupervision

extension ExperimentRecipe {
  /// Table 2: visual words.
  static let table2 = ExperimentRecipe(
    name: "table-2", title: "Table 2: which visual words",
    question: """
      Does BEiT need DALL-E's words, which a network learnt from 250 million images, or do words serve that cost nothing \
      to make?
      """,
    published: PublishedTable(
      columns: ["iNat-19", "time"],
      [
        ("DALL-E", [75.2, nil]), ("random projection", [75.2, "26 % less"]), ("random patches", [75.3, "26 % less"]),
        ("k-means", [75.0, "26 % less"]),
      ]),
    legend: """
      Top-1 accuracy on iNat-19 after fine-tuning, in percent, and the time of pretraining. BEiT pretrained on ImageNet, \
      ViT-S. The paper's time is that of 16 GPUs at a batch of 1,024, against DALL-E's words.
      """,
    notes: [
      "The paper's text says ViT-B; its numbers are those of ViT-S in its other tables.",
      "DALL-E's words are run with --dall-e-weights, and at their own 8,192.",
    ]
  ) { _ in
    let rows: [(String, PatchTokenizer.Kind)] = [
      ("DALL-E", .dalle), ("random projection", .randomProjection), ("random patches", .randomPatches),
      ("k-means", .kMeans),
    ]
    return rows.map { row, kind in
      let vocabulary = kind == .dalle ? ["tokenizer.vocabulary=8192"] : []
      return PlannedEncoder(
        name: "beit-\(kind.rawValue)", method: .beit, length: .published(epochs: 300),
        settings: ["tokenizer.kind=\(kind.rawValue)"] + vocabulary, needsDalle: kind == .dalle,
        cells: [
          .init(row: row, column: "iNat-19", quantity: .fineTuning(.inat19)),
          .init(row: row, column: "time", quantity: .time),
        ])
    }
  }
}
