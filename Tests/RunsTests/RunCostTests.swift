import Foundation
import Runs
import SelfSupervision
import SplitMaskCore
import Testing
import Torch
import Training
import TrainingCost

@Suite struct RunCostTests {
  /// Twelve updates' worth of the plan's time is what they take; the loads of test machines allow no closer bound.
  @Test func aPlanSaysTimeMemoryAndDisk() throws {
    let runs = try TinyRuns(images: 40)
    let config = runs.config {
      ($0.training.steps, $0.training.batchSize, $0.training.checkpointEvery) = (12, 8, 500)
    }
    let folder = runs.url.appending(path: "costs")
    let run = try PretrainingRun(config, costs: CostStore(folder, trustsBusyMachine: true))
    let expectation = try #require(run.plan.expectation)
    #expect(expectation.seconds > 0 && expectation.memory > 1 << 20 && expectation.checkpoints == 1)
    _ = try run.train(RunRequest(runs.folder("run").url)) { _ in }
    let checkpoint = runs.folder("run").checkpoint(12)
    let written = try ["model", "optimizer"].reduce(0) {
      try $0 + Data(contentsOf: checkpoint.appending(path: "\($1).safetensors")).count
    }
    #expect(expectation.disk > written && Double(expectation.disk) < 1.6 * Double(written))
    let text = "\(run.plan)"
    for fact in ["model ", "time ", "memory ", "disk ", "patches of"] { #expect(text.contains(fact)) }
  }

  @Test func whatWasMeasuredIsKept() throws {
    let runs = try TinyRuns(images: 40)
    let config = runs.config { ($0.training.steps, $0.training.batchSize) = (12, 8) }
    let folder = runs.url.appending(path: "costs")
    let first = try PretrainingRun(config, costs: CostStore(folder, trustsBusyMachine: true)).plan.expectation
    #expect(try PretrainingRun(config, costs: CostStore(folder, trustsBusyMachine: true)).plan.expectation == first)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(files.count == 1)
    // Another length and rate is the same kind of update.
    var longer = config
    (longer.training.steps, longer.training.learningRate) = (120, 1e-5)
    let tenfold = try #require(
      PretrainingRun(longer, costs: CostStore(folder, trustsBusyMachine: true)).plan.expectation)
    #expect(abs(tenfold.seconds - 10 * first!.seconds) < 1e-6 * tenfold.seconds)
    // A damaged file is measured anew.
    try Data("{".utf8).write(to: folder.appending(path: files[0]))
    #expect(try PretrainingRun(config, costs: CostStore(folder, trustsBusyMachine: true)).plan.expectation != nil)
  }

  /// Mixing takes images in pairs, in each replica.
  @Test(arguments: [PretrainingMethod.supervised, .dino])
  func everyMethodIsMeasuredInShares(method: PretrainingMethod) throws {
    let runs = try TinyRuns(images: 40)
    let costs = CostStore(runs.url.appending(path: "costs"), trustsBusyMachine: true)
    func expectation(batch: Int) throws -> TrainingPlan.Expectation? {
      let config = runs.config {
        ($0.method, $0.training.steps, $0.training.batchSize, $0.training.replicas) = (method, 12, batch, 2)
        ($0.model.width, $0.model.headCount) = (384, 6)
      }
      return try PretrainingRun(config, costs: costs).plan.expectation
    }
    let small = try #require(try expectation(batch: 4))
    let large = try #require(try expectation(batch: 16))
    // Which takes longer is not compared: other tests run meanwhile, and 12 updates are measured in a second.
    #expect(small.seconds > 0 && large.seconds > 0)
    // DINO keeps a teacher beside weights and moments.
    #expect(method != .dino || small.disk > 16 * 1_000_000)
  }

  @Test func sharesThatCannotBeMixedAreRefused() throws {
    let runs = try TinyRuns(images: 40)
    let config = runs.config {
      ($0.method, $0.training.batchSize, $0.training.replicas) = (.supervised, 6, 2)
    }
    #expect(throws: InvalidSetting.self) { try PretrainingRun(config) }
  }

  @Test func withoutAStoreNothingIsMeasured() throws {
    let runs = try TinyRuns(images: 20)
    #expect(try PretrainingRun(runs.config { $0.training.steps = 2 }).plan.expectation == nil)
  }

  @Test func aPlanNamesSmallerAndLargerRuns() throws {
    let runs = try TinyRuns(images: 400)
    let costs = CostStore(runs.url.appending(path: "costs"), trustsBusyMachine: true)
    var config = runs.config { ($0.training.batchSize, $0.training.steps) = (32, nil) }
    config.preset = .trial
    let plan = try PretrainingRun(fitting: config, explicit: [], costs: costs).plan
    let seconds = try #require(plan.expectation?.seconds)
    let others = try #require(plan.alternatives)
    #expect(others.map(\.option) == ["--preset quick", "--preset overnight"])
    // A third of a trial's multiply-adds, and those of a night.
    #expect(abs(others[0].seconds - seconds / 3) < 0.05 * seconds && others[1].seconds > 10 * seconds)
    #expect(plan.description.contains("smaller") && plan.description.contains("--preset overnight, about "))
    config.training.steps = 40
    let longer = try PretrainingRun(fitting: config, explicit: [], costs: costs).plan
    #expect(longer.alternatives?.map(\.option) == ["--steps 10", "--steps 160"])
  }

  @Test func aPlanOfFineTuningCountsJudging() throws {
    let runs = try TinyFineTuning()
    let costs = CostStore(runs.url.appending(path: "costs"), trustsBusyMachine: true)
    func plan(_ change: (inout FineTuneConfig) -> Void = { _ in }) throws -> TrainingPlan {
      try FineTuningRun(
        runs.config {
          ($0.training.steps, $0.training.epochs) = (nil, 20)
          change(&$0)
        }, costs: costs
      ).plan
    }
    let whole = try #require(try plan().expectation)
    let once = try #require(try plan { $0.evaluation.everyEpochs = 20 }.expectation)
    let unjudged = try #require(try plan { $0.data.test = [] }.expectation)
    // One measurement served all three.
    #expect(try FileManager.default.contentsOfDirectory(atPath: runs.url.appending(path: "costs").path).count == 1)
    #expect(abs((whole.seconds - unjudged.seconds) - 20 * (once.seconds - unjudged.seconds)) < 1e-6 * whole.seconds)
    #expect(once.seconds > unjudged.seconds && whole.memory > 1 << 20)
    // The best classifier is kept beside the last.
    #expect(whole.disk > unjudged.disk)
    #expect(try plan().alternatives?.map(\.option) == ["--epochs 5", "--epochs 80"])
    #expect(try plan().model?.contains("parameters in training") == true)
  }
}
