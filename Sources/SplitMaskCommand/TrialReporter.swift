import Comparisons
import Training

/// Shows what a comparison or an experiment tells.
enum TrialReporter {
  /// - Parameter training: shows what the run at hand tells.
  static func report(_ event: TrialEvent, training: (TrainingEvent) -> Void) {
    switch event {
    case .planned(let plan): Terminal.say(plan)
    case .started(let title): Terminal.say("── \(title)")
    case .training(let event): training(event)
    case .elsewhere(let title): Terminal.say("── \(title): left to another process")
    case .finished: break
    }
  }

  private struct Plan: Encodable {
    let plan: [String]
  }

  /// Prints what would be done, a line each.
  static func print(plan: String, _ output: OutputOptions) throws {
    guard output.json else { return Terminal.print(prose: plan) }
    try Terminal.print(json: Plan(plan: plan.split(separator: "\n").map(String.init)))
  }
}
