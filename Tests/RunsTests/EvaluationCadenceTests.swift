import Foundation
import Runs
import Testing
import Training

/// When runs are judged: after every so many epochs, and after the last.
@Suite struct EvaluationCadenceTests {
  /// The updates of a run, and what was evaluated after which.
  private func evaluations(
    _ plan: TrainingPlan, _ train: (@escaping (TrainingEvent) -> Void) throws -> TrainingEvent.Outcome
  ) throws -> (updates: Int, found: [StepMetrics]) {
    var found: [StepMetrics] = []
    let outcome = try train { if case .evaluated(let metrics) = $0 { found.append(metrics) } }
    #expect(outcome == .completed)
    return (plan.totalSteps, found)
  }

  @Test func classifiersAreJudgedEverySecondEpochAndTheBestIsKnown() throws {
    let runs = try TinyFineTuning()
    let run = try FineTuningRun(
      runs.config {
        ($0.training.steps, $0.training.epochs, $0.training.learningRate) = (nil, 5, 0.02)
        $0.evaluation.everyEpochs = 2
      })
    let (updates, found) = try evaluations(run.plan) { try run.train(RunRequest(runs.folder("run").url), observer: $0) }
    #expect(found.map(\.step) == [2, 4, 5].map { $0 * updates / 5 })
    #expect(found.map(\.epoch) == [1, 3, 4])
    var best = -1.0
    for metrics in found {
      best = max(best, try #require(metrics["top1"]))
      #expect(abs(try #require(metrics["best_top1"]) - best) < 1e-4)
    }
  }

  @Test func detectorsAreJudgedEverySecondEpoch() throws {
    let runs = try TinyDense()
    let run = try DetectionRun(
      runs.detection {
        ($0.training.steps, $0.training.epochs, $0.training.replicas) = (nil, 3, 1)
        ($0.training.batchSize, $0.evaluation.everyEpochs) = (8, 2)
      })
    let (updates, found) = try evaluations(run.plan) {
      try run.train(RunRequest(runs.url.appending(path: "run")), observer: $0)
    }
    #expect(found.map(\.step) == [2, 3].map { $0 * updates / 3 } && found.allSatisfy { $0["bbox_ap"] != nil })
  }

  @Test func segmentersAreJudgedEverySecondEpoch() throws {
    let runs = try TinyDense()
    let run = try SegmentationRun(
      runs.segmentation {
        ($0.training.steps, $0.training.epochs, $0.training.replicas) = (nil, 3, 1)
        $0.evaluation.everyEpochs = 2
      })
    let (updates, found) = try evaluations(run.plan) {
      try run.train(RunRequest(runs.url.appending(path: "run")), observer: $0)
    }
    #expect(found.map(\.step) == [2, 3].map { $0 * updates / 3 } && found.allSatisfy { $0["miou"] != nil })
  }
}
