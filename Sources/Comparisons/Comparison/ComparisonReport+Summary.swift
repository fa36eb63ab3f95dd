extension ComparisonReport {
  /// The accuracies and the times of pretraining, a table for each share of the labels, that can be read as it is.
  public var summary: String {
    let shares = labels.filter { share in evaluations.contains { measuredLabels(of: $0).contains(share) } }
    return shares.map { share in
      let title = shares.count == 1 ? [] : [Self.amount(of: share)]
      return (title + [table(of: share)]).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// What ``summary`` says, a sentence each; nothing where nothing has been measured.
  public var findings: [String] {
    answers().map { sentence in
      sentence.map { phrase in
        switch phrase {
        case .text(let text), .name(let text): text
        }
      }.joined()
    }
  }

  private func table(of share: String) -> String {
    let rows = methods.map { method in
      [method] + evaluations.map { cell(method: method, evaluation: $0, labels: share) ?? "–" }
        + [pretrainingTime(of: method)]
    }
    return Markdown.alignedTable(head: ["top-1, %"] + evaluations.map(Self.column) + ["pretraining"], rows: rows)
  }

  private static func column(_ evaluation: String) -> String {
    switch evaluation {
    case "probe": "linear probe"
    case "knn": "k-NN"
    case "finetune": "fine-tuning"
    default: evaluation
    }
  }
}
