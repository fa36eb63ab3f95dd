import Foundation

extension ComparisonReport {
  /// The row that is not trained, which every pretrained method should beat.
  static let baseline = "random"
  /// The method that pretrains with the labels.
  private static let supervised = "supervised"

  /// The shares of the labels at which an evaluation measured something; all of them where it measured nothing yet.
  func measuredLabels(of evaluation: String) -> [String] {
    let measured = Set(runs.flatMap(\.scores).filter { $0.evaluation == evaluation }.map(\.labels))
    return measured.isEmpty ? labels : labels.filter(measured.contains)
  }

  /// The most seeds that any method has.
  var seedCount: Int {
    methods.map { method in Set(runs.filter { $0.method == method }.map(\.seed)).count }.max() ?? 0
  }

  /// Methods whose mean, as it is printed, is the highest.
  func best(evaluation: String, labels: String) -> Set<String> {
    let means = methods.compactMap { method in
      top1(of: method, evaluation: evaluation, labels: labels).map { (method, ($0.mean * 10).rounded()) }
    }
    let highest = means.map(\.1).max()
    return Set(means.filter { $0.1 == highest }.map(\.0))
  }

  /// Seconds that an evaluation took in a run, all shares of the labels together, over the seeds; nil where it was not made.
  public func evaluationSeconds(of method: String, evaluation: String) -> Summary? {
    Summary(
      runs.filter { $0.method == method }.compactMap { run in
        let scores = run.scores.filter { $0.evaluation == evaluation }
        return scores.isEmpty ? nil : scores.map(\.seconds).reduce(0, +)
      })
  }

  /// Seconds of everything: pretraining and evaluations of every run.
  var totalSeconds: Double {
    runs.map { run in run.pretrainSeconds + run.scores.map(\.seconds).reduce(0, +) }.reduce(0, +)
  }
}

extension ComparisonReport {
  /// How a pretrained method stands against random weights.
  public enum Standing: Hashable, Sendable {
    /// Its mean is higher by more than the two standard deviations together.
    case better
    /// Its mean is higher by less than that, or not at all.
    case notBetter
    /// Its mean is higher, but one of the two has a single seed, so that there is no deviation to compare with.
    case unsure
  }

  /// How a method stands against `random`; nil for `random` itself, and where one of the two was not measured.
  public func standing(of method: String, evaluation: String, labels: String) -> Standing? {
    guard method != Self.baseline, let found = top1(of: method, evaluation: evaluation, labels: labels),
      let random = top1(of: Self.baseline, evaluation: evaluation, labels: labels)
    else { return nil }
    let lead = found.mean - random.mean
    guard lead > 0 else { return .notBetter }
    guard let own = found.deviation, let other = random.deviation else { return .unsure }
    return lead > own + other ? .better : .notBetter
  }

  /// Sentences under an evaluation's table: which pretrained methods do not beat `random`, and where nothing can be said.
  func notes(evaluation: String) -> [[Phrase]] {
    let shares = measuredLabels(of: evaluation)
    let standings = shares.map { share in
      methods.compactMap { method in
        standing(of: method, evaluation: evaluation, labels: share).map { (method: method, standing: $0) }
      }
    }
    guard standings.contains(where: { !$0.isEmpty }) else {
      return [["Nothing was measured of ", .name(Self.baseline), ", so this does not say whether pretraining helps."]]
    }
    var notes = zip(shares, standings).compactMap { share, found -> [Phrase]? in
      let failed = found.filter { $0.standing == .notBetter }.map(\.method)
      guard !failed.isEmpty else { return nil }
      return [.text("With \(Self.amount(of: share)), not better than "), .name(Self.baseline)]
        + [" by more than both deviations together: "] + Self.list(failed) + ["."]
    }
    let all = standings.flatMap { $0 }
    if all.allSatisfy({ $0.standing == .better }) {
      notes.append(["Every pretrained method beats ", .name(Self.baseline), " by more than both deviations together."])
    }
    if all.contains(where: { $0.standing == .unsure }) {
      notes.append(["A single seed has no deviation: a lead over ", .name(Self.baseline), " may be luck."])
    }
    return notes
  }

  /// What a reader wants to know first, a sentence each.
  func answers() -> [[Phrase]] { best() + labelsNeeded() }

  /// One sentence for each evaluation and share of the labels: the best method and how far it is from `random`, and the
  /// best without labels where that is another.
  private func best() -> [[Phrase]] {
    evaluations.flatMap { evaluation in
      measuredLabels(of: evaluation).compactMap { share -> [Phrase]? in
        guard let best = answer(among: methods, evaluation: evaluation, labels: share) else { return nil }
        let opening = "\(Self.title(of: evaluation)), \(Self.amount(of: share)): "
        if let origins = origins(evaluation: evaluation, labels: share) { return [.text(opening)] + origins }
        let sentence = [.text(opening), .name(best.method), .text(" is best with ")] + best.words
        let unlabelled = methods.filter { $0 != Self.supervised && $0 != Self.baseline }
        guard best.method == Self.supervised,
          let second = answer(among: unlabelled, evaluation: evaluation, labels: share)
        else { return sentence + ["."] }
        return sentence + ["; without labels, ", .name(second.method), " with "] + second.words + ["."]
      }
    }
  }

  /// The best from scratch, of others as they are, and of others gone on with; nil where there are no others.
  private func origins(evaluation: String, labels share: String) -> [Phrase]? {
    let (others, continued) = (encoders ?? [], self.continued ?? [])
    let scratch = methods.filter { !(others + continued + [Self.baseline, Self.supervised]).contains($0) }
    let groups = [
      ("from scratch on your images, ", scratch), ("off the shelf, ", others),
      ("continued on your images, ", continued),
    ].compactMap { words, names in
      answer(among: names, evaluation: evaluation, labels: share).map { (words: words, best: $0) }
    }
    guard !others.isEmpty, groups.count > 1 else { return nil }
    // As they are printed: where two are the same, both are best.
    func printed(_ group: Int) -> Double { (groups[group].best.top1.mean * 10).rounded() }
    let highest = groups.indices.map(printed).max()
    let parts = groups.enumerated().map { place, group -> [Phrase] in
      let lead = printed(place) == highest ? " (best)" : ""
      return [.text(group.words), .name(group.best.method), .text(" \(Self.accuracy(group.best.top1))\(lead)")]
    }
    let random = top1(of: Self.baseline, evaluation: evaluation, labels: share)
    let end = random.map { "; random weights \(Self.accuracy($0))." } ?? "."
    return Array(parts.joined(separator: ["; "])) + [.text(end)]
  }

  /// The best of some methods, its accuracy, and its lead over `random`.
  private func answer(
    among methods: [String], evaluation: String, labels share: String
  ) -> (method: String, top1: Summary, words: [Phrase])? {
    let found = methods.compactMap { method in
      top1(of: method, evaluation: evaluation, labels: share).map { (method: method, top1: $0) }
    }
    guard let best = found.max(by: { $0.top1.mean < $1.top1.mean }) else { return nil }
    let accuracy = Self.accuracy(best.top1)
    guard let random = top1(of: Self.baseline, evaluation: evaluation, labels: share),
      let standing = standing(of: best.method, evaluation: evaluation, labels: share)
    else { return (best.method, best.top1, [.text(accuracy)]) }
    let lead = best.top1.mean - random.mean
    let distance = "\(Self.fixed(abs(lead), 1)) points \(lead < 0 ? "below" : "above") "
    let doubt =
      switch standing {
      case .better: ""
      case .notBetter where lead > 0: " (no more than both deviations together)"
      case .notBetter: ""
      case .unsure: " (a single seed)"
      }
    return (best.method, best.top1, [.text("\(accuracy), \(distance)"), .name(Self.baseline), .text(doubt)])
  }

  /// Names with commas between them.
  static func list(_ names: [String]) -> [Phrase] {
    Array(names.map { [Phrase.name($0)] }.joined(separator: [", "]))
  }
}
