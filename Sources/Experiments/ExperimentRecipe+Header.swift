import Comparisons
import Foundation
import ImageData
import SplitMaskCore
import Training

extension ExperimentRecipe {
  /// Everything to know before running it at a scale: the question, the command, the cost, what stands for what, the
  /// published numbers.
  public func header(scale: ExperimentScale) -> String {
    let sizes: [PlannedEncoder.Size] = [.small, .base].filter { size in encoders(scale).contains { $0.size == size } }
    let table = Markdown.alignedTable(
      head: [""] + published.columns,
      rows: published.rows.map { row in
        [row] + published.columns.map { text(published.value(row: row, column: $0)) }
      })
    let parts = [
      "\(name) at the scale \(scale.rawValue): \(title)", question,
      """
      command:  \(command(at: scale))
      cost:     \(cost(at: scale))
      encoder:  \(sizes.map { scale.title(of: $0, isBackbone: isDense) }.joined(separator: "; "))
      images:   \(standIns(at: scale).joined(separator: "\n          "))
      """,
      "Published: \(legend)", table,
    ]
    return (parts + notes).joined(separator: "\n\n")
  }

  /// What ``header(scale:)`` says, for programs.
  public struct Facts: Encodable {
    let recipe: String
    let scale: String
    let title: String
    let question: String
    let command: String
    let cost: String
    let images: [String]
    let published: [Row]
    let notes: [String]

    /// A row of the published table.
    struct Row: Encodable {
      let row: String
      let values: [String: String]
    }
  }

  /// What ``header(scale:)`` says, for programs.
  public func facts(scale: ExperimentScale) -> Facts {
    let rows = published.rows.map { row in
      Facts.Row(
        row: row,
        values: Dictionary(
          uniqueKeysWithValues: published.columns.map { ($0, text(published.value(row: row, column: $0))) }))
    }
    return Facts(
      recipe: name, scale: scale.rawValue, title: title, question: question, command: command(at: scale),
      cost: cost(at: scale), images: standIns(at: scale), published: rows, notes: notes)
  }

  private func text(_ value: PublishedTable.Value?) -> String {
    switch value {
    case .number(let number): ExperimentReport.published(number)
    case .words(let words): words
    case nil: "–"
    }
  }

  /// The command that runs it.
  private func command(at scale: ExperimentScale) -> String {
    let needsData = datasets(at: scale).contains { $0.standIn.map { $0.dataset != .shapes } ?? false }
    let data = needsData ? " --data-root FOLDER" : ""
    let dalle = encoders(scale).contains { $0.needsDalle(at: scale) } ? " --dall-e-weights FILE" : ""
    return "splitmask recipes run \(name) --scale \(scale.rawValue) --out runs/\(name)\(data)\(dalle)"
  }

  /// The paper's data sets that it uses, each with what stands for it.
  func datasets(at scale: ExperimentScale) -> [(dataset: ExperimentDataset, standIn: ExperimentScale.StandIn?)] {
    let used = (isDense ? encoders(scale) : encoders(.paper)).filter { $0.obstacle == nil }.flatMap { encoder in
      (encoder.method == nil ? [] : [encoder.source]) + encoder.cells.compactMap(\.quantity.target)
    }
    return ExperimentDataset.allCases.filter(used.contains).map { ($0, scale.standIn(for: $0)) }
  }

  /// Whether its encoders are backbones of dense tasks.
  var isDense: Bool { encoders(.paper).contains { $0.isBackbone } }

  /// What stands for which data set, a line each.
  func standIns(at scale: ExperimentScale) -> [String] {
    datasets(at: scale).map { dataset, standIn in
      switch standIn {
      case nil: "nothing for \(dataset.title)"
      case let standIn? where standIn.dataset == dataset: dataset.title
      case let standIn?: "\(standIn.description) for \(dataset.title)"
      }
    }
  }

  /// Why a cell that no encoder fills is empty; nil where there is nothing to be measured.
  func reason(row: String, column: String, scale: ExperimentScale) -> String? {
    if let reason = publishedOnly[row] ?? publishedOnly[column] { return reason }
    let isMeasuredInPaper = encoders(.paper).contains { $0.cells.contains { $0.row == row && $0.column == column } }
    return isMeasuredInPaper ? "one encoder stands for both at the scale \(scale.rawValue)" : nil
  }

  /// What one seed costs.
  func cost(at scale: ExperimentScale) -> String {
    let made = encoders(scale).filter { encoder in
      obstacle(to: encoder, scale: scale, hasDalle: true) == nil
    }
    let trained = made.filter { $0.method != nil }
    let tunings = made.map { scale.fineTunedImages($0) }.reduce([], +)
    let counts = "\(trained.count) pretrainings and \(tunings.count) fine-tunings a seed"
    guard scale != .debug else { return counts + ", in seconds" }
    if isDense, scale == .small { return counts + "; minutes each on a GPU, hours each on two processors" }
    let images = trained.map { scale.shownImages($0) }.reduce(0, +) + tunings.reduce(0, +)
    let shown = "\(HumanReadable.count(Int((images / 1e6).rounded()))) million images shown"
    if scale == .small {
      return
        "\(counts), \(shown); about \(HumanReadable.duration(images / ExperimentScale.smallImagesPerSecond)) on two "
        + "processors (at 200 images a second, as in make demo), a small part of that on a GPU"
    }
    let base = made.filter { $0.size == .base }
    let baseImages = base.map {
      ($0.method == nil ? 0 : scale.shownImages($0)) + scale.fineTunedImages($0).reduce(0, +)
    }
    .reduce(0, +)
    let days = ExperimentScale.paperGPUDays * (baseImages + (images - baseImages) / 3) / ExperimentScale.paperImages
    return "\(counts), \(shown); by the paper's clock (34 hours of 16 GPUs for ViT-B's 300 epochs of ImageNet, a third "
      + "for ViT-S) about \(HumanReadable.count(Int(days.rounded()))) GPU-days"
  }
}

extension ExperimentScale {
  /// What a pretraining run of the small encoder does on two processors (`make demo`).
  static let smallImagesPerSecond = 200.0
  /// Images that ImageNet's 300 epochs show.
  static let paperImages = 300.0 * Double(ExperimentDataset.imagenet.imageCount)
  /// What they cost with ViT-B (SplitMask, arXiv 2112.10740, Table 8).
  static let paperGPUDays = 34.0 * 16 / 24

  /// Images that pretraining shows.
  func shownImages(_ encoder: PlannedEncoder) -> Double {
    let batch = Double(batchSize(encoder))
    let images = Double(imageCount(of: encoder.source)) * share(encoder.share)
    switch (self, encoder.length) {
    case (.debug, _): return 2 * batch
    case (.paper, .published(let epochs)): return Double(epochs ?? encoder.source.epochs ?? 300) * images
    case (.paper, .epochs(let paper, _)): return Double(paper) * images
    case (.paper, .updates(let count)): return Double(count) * batch
    case (.small, .epochs(_, let small)): return Double(small) * images
    case (.small, .published) where encoder.source == .cars: return Double(ExperimentScale.smallEpochLimit) * images
    case (.small, _): return Double(ExperimentScale.smallUpdates) * batch
    }
  }

  /// Images that every fine-tuning of an encoder shows.
  func fineTunedImages(_ encoder: PlannedEncoder) -> [Double] {
    encoder.cells.compactMap { cell in
      switch cell.quantity {
      case .detection(let dataset, .boxes, let schedules):
        return self == .debug ? 4 : Double(36 * schedules * imageCount(of: dataset))
      case .segmentation: return self == .debug ? 4 : self == .small ? 2000 * 8 : 160_000 * 16
      default: break
      }
      guard case .fineTuning(let dataset) = cell.quantity, standIn(for: dataset) != nil else { return nil }
      if self == .small {
        let images = if case .total(let count) = labels(of: dataset) { count } else { imageCount(of: dataset) }
        return Double(ExperimentScale.smallFineTuningEpochs * images)
      }
      let epochs = dataset == .imagenet ? (encoder.size == .base ? 100 : 200) : 300
      return Double(epochs * imageCount(of: dataset))
    }
  }

  private func imageCount(of dataset: ExperimentDataset) -> Int {
    guard let standIn = standIn(for: dataset) else { return 0 }
    if case .total(let count) = standIn.amount { return count }
    return standIn.dataset.imageCount
  }

  private func share(_ amount: LabelAmount?) -> Double {
    if case .fraction(let share) = amount { return share }
    return 1
  }
}
