import ImageData

extension ComparisonReport {
  /// How few labels each row needs for what random weights reach with the most: a sentence for each evaluation that was made
  /// with several shares of them.
  func labelsNeeded() -> [[Phrase]] {
    evaluations.compactMap { evaluation in
      guard let shares = Self.rising(measuredLabels(of: evaluation)), shares.count > 1,
        let goal = shares.compactMap({ top1(of: Self.baseline, evaluation: evaluation, labels: $0)?.mean }).max()
      else { return nil }
      let rows = methods.filter { method in
        method != Self.baseline && shares.contains { top1(of: method, evaluation: evaluation, labels: $0) != nil }
      }
      guard !rows.isEmpty else { return nil }
      let fewest = rows.map { method in
        shares.first { (top1(of: method, evaluation: evaluation, labels: $0)?.mean ?? -.infinity) >= goal }
      }
      let groups = (shares.map(Optional.some) + [nil]).compactMap { share -> [Phrase]? in
        let names = zip(rows, fewest).filter { $0.1 == share }.map(\.0)
        guard !names.isEmpty else { return nil }
        return [.text("with \(share.map(Self.amount(of:)) ?? "none of these") by ")] + Self.list(names)
      }
      let opening = "\(Self.title(of: evaluation)): the best of random weights, \(Self.fixed(goal, 1)), is reached "
      return [.text(opening)] + Array(groups.joined(separator: ["; "])) + ["."]
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
