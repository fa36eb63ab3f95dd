import SplitMaskCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the curves of a run that is complete show, in one sentence, and what to change where that is not learning.
package struct CurveReading: Hashable, Sendable {
  /// What a run did.
  package enum Verdict: String, Hashable, Sendable {
    /// It learned, and was still doing so at its end.
    case learning
    /// It learned, and levelled off before its end.
    case converged
    /// It hardly learned.
    case stalled
    /// Its loss rose.
    case diverging
    /// What it makes of different images is the same.
    case collapsed
    /// There was nothing to learn: the loss was 0 all along.
    case trivial
    /// Too little was logged to tell.
    case unclear
  }

  /// What it did.
  package let verdict: Verdict
  /// That in words with its numbers, and what to do: one or two sentences.
  package let sentence: String

  /// Below this share of the spread of values drawn at random, outputs of different images count as the same.
  static let collapsedSpread = 0.1
  /// Below this perplexity all predictions are one word.
  static let onePredictedWord = 2.0
  /// The least change of a loss that counts, as a share of it.
  static let leastChange = 0.01

  /// - Parameter rows: the logged steps, oldest first.
  package init(_ rows: [StepMetrics]) {
    let reading = Self.read(rows)
    (verdict, sentence) = (reading.verdict, reading.sentence)
  }

  private static func read(_ rows: [StepMetrics]) -> (verdict: Verdict, sentence: String) {
    let loss = Curve(rows, "loss")
    guard loss.values.count >= 4 else {
      return (
        .unclear,
        "The run was too short to tell whether it learns: only \(rows.count) \(rows.count == 1 ? "step was" : "steps were") logged."
      )
    }
    if let collapse = collapse(rows) { return (.collapsed, collapse) }
    guard loss.values.contains(where: { abs($0) > 1e-6 }) else {
      return (.trivial, "The loss was 0 from the start: there was nothing to learn. Check the annotations.")
    }
    let probe = Curve(rows, OnlineProbe.metricName)
    let probed =
      probe.values.count >= 4 ? " The online probe went from \(percent(probe.first)) to \(percent(probe.last))." : ""
    let span = "from \(HumanReadable.number(loss.first)) to \(HumanReadable.number(loss.last))"
    // DINO's targets sharpen while it learns, so that its loss alone tells nothing.
    let isTeachers = rows.contains { $0["teacher_entropy"] != nil }
    if isTeachers { return readTeacher(probe, span: span, probed: probed) }
    guard loss.hasMoved(atLeast: leastChange) else {
      let advice = "Try a higher learning rate (--learning-rate), or a longer run (--epochs or --steps)."
      return (.stalled, "The loss hardly moved, \(span).\(oneWord(rows))\(probed) \(advice)")
    }
    guard loss.last < loss.first else {
      return (.diverging, "The loss rose, \(span).\(probed) Try a third of the learning rate (--learning-rate).")
    }
    let word = oneWord(rows)
    if !word.isEmpty {
      return (
        .stalled,
        "The loss fell \(span), but no further than guessing gets.\(word)\(probed) "
          + "Try a longer run (--epochs or --steps) or a higher learning rate (--learning-rate)."
      )
    }
    return loss.isStillFalling
      ? (
        .learning,
        "The loss fell \(span) and was still falling at the end; a longer run (--epochs or --steps) would go on.\(probed)"
      )
      : (.converged, "The loss fell \(span) and levelled off before the end.\(probed)")
  }

  private static func readTeacher(
    _ probe: Curve, span: String, probed: String
  ) -> (verdict: Verdict, sentence: String) {
    let loss =
      "The loss went \(span), which by itself tells little with this method; the outputs of different images differ."
    guard probe.values.count >= 4 else { return (.unclear, loss) }
    let isLearning = probe.last > probe.first && probe.hasMoved(atLeast: 0.1)
    return (isLearning ? .learning : .stalled, loss + probed)
  }

  /// A sentence where different images give the same; nil where they do not.
  private static func collapse(_ rows: [StepMetrics]) -> String? {
    let advice = "Try a lower learning rate (--learning-rate) and a larger batch (--batch-size)."
    let spreads = [("descriptor_std", "descriptors"), ("teacher_output_std", "teacher's outputs")]
    for (name, what) in spreads {
      let curve = Curve(rows, name)
      guard curve.values.count >= 4, curve.last < collapsedSpread else { continue }
      return """
        The run collapsed: the \(what) of different images are the same (\(name) \(HumanReadable.number(curve.last)), where 1 \
        is as different as can be). \(advice)
        """
    }
    return nil
  }

  /// A sentence where all inpainted patches are one word.
  private static func oneWord(_ rows: [StepMetrics]) -> String {
    let (predicted, actual) = (Curve(rows, "predicted_perplexity"), Curve(rows, "token_perplexity"))
    guard let words = predicted.values.last, words < onePredictedWord, actual.last > 2 * onePredictedWord else {
      return ""
    }
    return " All inpainted patches are one and the same word, the commonest."
  }

  private static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
}

/// A number over the logged steps.
private struct Curve {
  let values: [Double]

  init(_ rows: [StepMetrics], _ name: String) {
    values = rows.compactMap { $0[name] }.filter(\.isFinite)
  }

  /// The mean of the first twentieth, at least one value.
  var first: Double { Self.mean(values.prefix(max(1, values.count / 20))) }

  /// The mean of the last tenth, at least two values.
  var last: Double { Self.mean(values.suffix(max(2, values.count / 10))) }

  /// Whether first and last differ by a share of the first, and by more than chance explains.
  func hasMoved(atLeast share: Double) -> Bool {
    abs(last - first) > max(share * abs(first), 2 * noise)
  }

  /// Whether the last fifth lies below the fifth before it, by more than chance explains and by a visible share of all
  /// that was gained.
  var isStillFalling: Bool {
    let size = max(2, values.count / 5)
    let (late, before) = (values.suffix(size), values.dropLast(size).suffix(size))
    guard !before.isEmpty else { return false }
    let gain = Self.mean(before) - Self.mean(late)
    return gain > max(0.02 * (first - last), 2 * noise / Double(size).squareRoot())
  }

  /// The standard deviation of a value, told by neighbours, so that a trend does not count.
  private var noise: Double {
    let half = Array(values.suffix(max(4, values.count / 2)))
    let squares = zip(half, half.dropFirst()).map { ($0 - $1) * ($0 - $1) / 2 }
    return Self.mean(squares[...]).squareRoot()
  }

  private static func mean(_ values: some Collection<Double>) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }
}
