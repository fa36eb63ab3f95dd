import Runs

extension ExperimentRecipe {
  /// Table 8: what each part of the method does.
  static let table8 = ExperimentRecipe(
    name: "table-8", title: "Table 8: what splitting, inpainting and matching do",
    question: "Which of SplitMask's three parts makes the difference to BEiT, and what does each cost in time?",
    published: PublishedTable(
      columns: ["fine-tuned", "linear", "time"],
      [
        ("BEiT", [82.8, 41.0, "32.5 h"]), ("split, inpaint", [83.3, 46.4, "31.0 h"]),
        ("split, match", [79.3, 4.0, "32.5 h"]), ("split, inpaint, match", [83.6, 46.5, "34.0 h"]),
      ]),
    legend: """
      Top-1 accuracy on ImageNet in percent, after fine-tuning and of a linear classifier on frozen features, and the time \
      of pretraining. ViT-B, 300 epochs of ImageNet; the paper's hours are those of 16 GPUs.
      """,
    notes: [
      """
      The paper does not say how it trains its linear classifier; here by DINO's protocol, at the scale small by the fit \
      to the optimum; on the mean of the last block's patch tokens.
      """
    ]
  ) { _ in
    let rows: [(String, String, PretrainingMethod, [String])] = [
      ("BEiT", "beit", .beit, []), ("split, inpaint", "split-inpaint", .splitmask, ["splitmask.match=false"]),
      ("split, match", "split-match", .splitmask, ["splitmask.inpaint=false"]),
      ("split, inpaint, match", "split-inpaint-match", .splitmask, []),
    ]
    return rows.map { row, name, method, settings in
      PlannedEncoder(
        name: name, method: method, size: .base, length: .published(epochs: 300), settings: settings,
        cells: [
          .init(row: row, column: "fine-tuned", quantity: .fineTuning(.imagenet)),
          .init(row: row, column: "linear", quantity: .linear(.imagenet)),
          .init(row: row, column: "time", quantity: .time),
        ])
    }
  }
}
