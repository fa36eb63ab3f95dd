import SplitMaskCore

/// The one line that shows how a run goes.
public struct ProgressLine: Hashable, Sendable {
  /// A part of the line and how soon it is left out: higher goes first.
  private struct Part: Hashable {
    let text: String
    let dispensability: Int
  }

  private let parts: [Part]

  /// The line of a state.
  public init(_ progress: TrainingProgress) {
    let total = String(progress.totalSteps)
    let step = String(progress.step)
    let padding = String(repeating: " ", count: max(0, total.count - step.count))
    let percent = progress.totalSteps > 0 ? 100 * progress.step / progress.totalSteps : 0
    var parts = [Part(text: "\(padding)\(step)/\(total)", dispensability: 0)]
    parts.append(Part(text: "\(percent)%", dispensability: 4))
    for (position, loss) in progress.losses.enumerated() {
      let name = loss.name.hasPrefix("loss_") ? String(loss.name.dropFirst(5)) : loss.name
      let text = "\(name) \(Self.loss(loss.value))"
      parts.append(Part(text: text, dispensability: position == 0 ? 1 : 6))
    }
    if let accuracy = progress.probeAccuracy {
      parts.append(Part(text: "probe \(Int((100 * accuracy).rounded()))%", dispensability: 5))
    }
    if progress.imagesPerSecond > 0 {
      let rate = progress.imagesPerSecond
      let text = HumanReadable.fixed(rate, rate < 9.95 ? 1 : 0)
      parts.append(Part(text: "\(text) images/s", dispensability: 3))
      let wait = Int((100 * progress.dataWaitFraction).rounded())
      parts.append(Part(text: "data \(wait)%", dispensability: 5))
    }
    if let seconds = progress.secondsLeft {
      parts.append(Part(text: "ETA \(HumanReadable.duration(seconds))", dispensability: 2))
    }
    if progress.skippedImages > 0 {
      parts.append(Part(text: "\(HumanReadable.count(progress.skippedImages)) skipped", dispensability: 2))
    }
    self.parts = parts
  }

  /// The line, at most `width` characters long: parts that matter less are left out until it fits.
  ///
  /// - Parameter width: Columns of the terminal; nil for a file, where nothing is left out.
  public func text(width: Int? = nil) -> String {
    guard let width else { return Self.join(parts) }
    var kept = parts
    while Self.join(kept).count > width, kept.count > 1 {
      // The last of the most dispensable: later loss terms go before earlier ones.
      let most = kept.map(\.dispensability).max() ?? 0
      guard let position = kept.lastIndex(where: { $0.dispensability == most }) else { break }
      kept.remove(at: position)
    }
    return String(Self.join(kept).prefix(max(0, width)))
  }

  /// What is left to say of a run that is over: its losses, its probe and its speed.
  public static func outcome(of progress: TrainingProgress) -> String {
    var last = progress
    last.secondsLeft = nil
    return ProgressLine(last).parts.dropFirst(2).map(\.text).joined(separator: ", ")
  }

  private static func join(_ parts: [Part]) -> String { parts.map(\.text).joined(separator: "  ") }

  private static func loss(_ value: Double) -> String {
    if !value.isFinite { return "\(value)" }
    return value.magnitude >= 1000 ? HumanReadable.number(value) : HumanReadable.fixed(value, 3)
  }
}
