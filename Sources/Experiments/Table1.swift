import ImageData
import Runs

extension ExperimentRecipe {
  /// Table 1: less data for as many updates.
  static let table1 = ExperimentRecipe(
    name: "table-1", title: "Table 1: how much of ImageNet pretraining needs",
    question: """
      Does pretraining need a large data set, if the number of updates stays the same? And does it need ImageNet, with one \
      object in the middle of each image, or do the scenes of COCO serve as well?
      """,
    published: PublishedTable(
      columns: ["ImageNet 1 %", "ImageNet 10 %", "ImageNet", "COCO"],
      [
        ("supervised", [71.6, 75.0, 75.8, nil]), ("DINO", [70.1, 73.1, 78.4, 71.9]),
        ("BEiT", [74.1, 74.5, 75.2, 74.4]),
        ("SplitMask", [74.8, 75.4, 75.4, 76.3]),
      ]),
    legend: "Top-1 accuracy on iNat-19 after fine-tuning, in percent. ViT-S.",
    notes: [
      """
      The published lists of subsets, 1percent.txt and 10percent.txt beside ImageNet's train, are used where they are there; \
      else subsets are drawn class by class with the seed.
      """,
      "The smaller the data set, the more epochs: 30,000 of 1 %, 3,000 of 10 % and of COCO, 300 of all.",
    ]
  ) { _ in
    let sources: [(String, ExperimentDataset, LabelAmount?, Int)] = [
      ("ImageNet 1 %", .imagenet, .fraction(0.01), 30_000), ("ImageNet 10 %", .imagenet, .fraction(0.1), 3000),
      ("ImageNet", .imagenet, nil, 300), ("COCO", .coco, nil, 3000),
    ]
    let methods: [(String, PretrainingMethod)] = [
      ("supervised", .supervised), ("DINO", .dino), ("BEiT", .beit), ("SplitMask", .splitmask),
    ]
    return methods.flatMap { row, method in
      sources.filter { method != .supervised || $0.1 == .imagenet }.map { column, source, share, epochs in
        PlannedEncoder(
          name: "\(method.rawValue)-\(source.rawValue)" + (share.map { "-" + $0.slug } ?? ""), method: method,
          source: source, share: share, length: .published(epochs: epochs),
          cells: [.init(row: row, column: column, quantity: .fineTuning(.inat19))])
      }
    }
  }
}
