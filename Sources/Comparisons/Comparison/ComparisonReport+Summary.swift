extension ComparisonReport {
  /// The accuracies and the times of pretraining as rows of text, with a head; a table for each share of the labels.
  public var summary: [(labels: String, rows: [[String]])] {
    let shares = labels.filter { share in evaluations.contains { measuredLabels(of: $0).contains(share) } }
    return shares.map { share in
      let head = ["top-1, %"] + evaluations.map(Self.column) + ["pretraining"]
      let rows = methods.map { method in
        [method] + evaluations.map { cell(method: method, evaluation: $0, labels: share) ?? "–" }
          + [pretrainingTime(of: method)]
      }
      return (Self.amount(of: share), [head] + rows)
    }
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

  private static func column(_ evaluation: String) -> String {
    switch evaluation {
    case "probe": "linear probe"
    case "knn": "k-NN"
    case "finetune": "fine-tuning"
    default: evaluation
    }
  }
}
