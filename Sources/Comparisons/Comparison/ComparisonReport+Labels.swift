import ImageData

extension ComparisonReport {
  /// How few labels each row needs for what random weights reach with the most: a sentence for each evaluation that was made
  /// with several shares of them.
  func labelsNeeded() -> [[Phrase]] {
    evaluations.compactMap { evaluation in
      guard let shares = Self.rising(measuredLabels(of: evaluation)), shares.count > 1,
        let goal = shares.compactMap({ top1(of: Self.baseline, evaluation: evaluation, labels: $0)?.mean }).max()
      else { return nil }
      let needed = methods.filter { $0 != Self.baseline }.compactMap { method -> (method: String, share: String?)? in
        let means = shares.map { top1(of: method, evaluation: evaluation, labels: $0)?.mean }
        guard means.contains(where: { $0 != nil }) else { return nil }
        return (method, zip(shares, means).first { ($0.1 ?? -.infinity) >= goal }?.0)
      }
      let parts = needed.map { method, share -> [Phrase] in
        [.name(method), .text(share.map { " with \(Self.amount(of: $0))" } ?? " with none of these")]
      }
      guard !parts.isEmpty else { return nil }
      let opening = "\(Self.title(of: evaluation)): the best of random weights, \(Self.fixed(goal, 1)), is reached by "
      return [.text(opening)] + Array(parts.joined(separator: [", "])) + ["."]
    }
  }

  /// Shares of the labels from the fewest on; nil where numbers stand beside percentages.
  private static func rising(_ labels: [String]) -> [String]? {
    let amounts = labels.compactMap { text in (try? LabelAmount(text)).map { (text: text, amount: $0) } }
    let sizes = amounts.map { text, amount in
      switch amount {
      case .fraction(let share): (text: text, isShare: true, size: share)
      case .total(let count): (text: text, isShare: false, size: Double(count))
      }
    }
    guard Set(sizes.map(\.isShare)).count == 1 else { return nil }
    return sizes.sorted { $0.size < $1.size }.map(\.text)
  }
}
