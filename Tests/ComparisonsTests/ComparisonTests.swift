import Comparisons
import DurableFiles
import Foundation
import ImageCoding
import Settings
import ShapesData
import SplitMaskCore
import Testing
import Training
import VisionModels

@Suite struct ComparisonTests {
  /// Composed pictures in a folder that goes with this object.
  private final class Bench {
    let url: URL

    init() throws {
      url = FileManager.default.temporaryDirectory.appendingPathComponent("comparison-\(UUID().uuidString)")
      var config = ShapesDataset.Config()
      (config.images, config.width, config.height, config.validationShare) = (60, 32, 32, 0.4)
      try ShapesDataset(config: config).write(to: url.appendingPathComponent("data"), workers: 1)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func config(_ methods: [ComparedMethod], seeds: Int = 2) -> ComparisonConfig {
      var config = ComparisonConfig()
      config.train = [url.appendingPathComponent("data/train").path]
      config.test = [url.appendingPathComponent("data/val").path]
      (config.methods, config.seeds, config.labels) = (methods, seeds, [.fraction(0.5)])
      config.pretraining = [
        "device=cpu", "model.architecture=vit-tiny", "model.width=32", "model.depth=2", "model.headCount=2",
        "model.imageSize=16", "model.patchSize=4", "tokenizer.vocabulary=64", "training.batchSize=4",
        "training.steps=4", "training.logEvery=1", "data.workers=0",
      ]
      config.fineTuning = ["training.batchSize=4", "training.steps=2", "data.workers=0"]
      return config
    }

    /// Runs a comparison; tells what it began.
    func run(_ config: ComparisonConfig, stoppingAfter last: Int? = nil) throws -> (
      outcome: TrainingEvent.Outcome, started: [String], report: ComparisonReport
    ) {
      let stop = StopFlag()
      var started: [String] = []
      var steps = 0
      let comparison = try Comparison(config, in: url.appendingPathComponent("out"), stop: stop) { event in
        if case .started(let title) = event { started.append(title) }
        if case .training(.progressed) = event {
          steps += 1
          if steps == last { stop.request() }
        }
      }
      return (try comparison.run(), started, try comparison.report())
    }
  }

  /// An encoder of another width than the methods'.
  private func writeEncoder(seed: UInt64, to url: URL) throws {
    var shape = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 8)
    (shape.width, shape.depth, shape.headCount) = (24, 1, 2)
    var random = SeededGenerator(seed: seed, purpose: .initialization)
    let encoder = try VisionTransformer(shape, using: &random)
    try EncoderFile.write(encoder, normalization: .imageNet, to: url)
  }

  @Test func encodersOfOthersAreJudgedAsTheyAreAndContinued() throws {
    let bench = try Bench()
    let file = bench.url.appendingPathComponent("other.safetensors")
    try writeEncoder(seed: 1, to: file)
    var config = bench.config([.random, .splitmask], seeds: 1)
    (config.encoders, config.continuesEncoders) = ([ComparedEncoder(name: "other", path: file.path)], true)
    let first = try bench.run(config)
    let others = ["other, seed 0", "other, continued, seed 0"]
    func names(_ titles: [String]) -> [String] { titles.map { String($0.prefix { $0 != "(" }.dropLast()) } }
    #expect(first.outcome == .completed)
    #expect(names(first.started) == ["random, seed 0", "splitmask, seed 0"] + others)
    let report = first.report
    #expect(report.methods == ["random", "splitmask", "other", "other, continued"])
    #expect(report.runs.map(\.steps) == [0, 4, 0, 4] && report.runs.allSatisfy { $0.scores.count == 3 })
    #expect(report.facts.contains { $0.name == "other" && $0.value.contains("width 24, depth 1, 2 heads") })
    let answer = try #require(report.findings.first)
    for words in [
      "from scratch on your images, splitmask", "; off the shelf, other ", "; continued on your images, other",
    ] {
      #expect(answer.replacing("`", with: "").contains(words), "\(answer)")
    }
    // What the name stands for counts, not the name.
    try writeEncoder(seed: 2, to: file)
    #expect(names(try bench.run(config).started) == others)
  }

  @Test func namesOfEncodersThatCannotBeAreRefused() throws {
    let bench = try Bench()
    func refusal(_ change: (inout ComparisonConfig) -> Void) -> String {
      var config = bench.config([.random])
      change(&config)
      let error = #expect(throws: InvalidSetting.self) { try config.validate() }
      return error?.problem ?? ""
    }
    let named = { ComparedEncoder(name: $0, path: "/tmp/x.safetensors") }
    #expect(refusal { $0.encoders = [named("mae")] }.contains("'mae' is a method's name"))
    #expect(refusal { $0.encoders = [named("a/b")] }.contains("'a/b' is no name"))
    #expect(refusal { $0.encoders = [named("a"), named("a")] }.contains("each name can be used once"))
    #expect(refusal { $0.continuesEncoders = true }.contains("--encoders NAME=FILE"))
  }

  @Test func everyMethodIsJudgedAlikeAndOnlyOnce() throws {
    let bench = try Bench()
    let config = bench.config([.random, .supervised, .splitmask])
    let first = try bench.run(config)
    #expect(first.outcome == .completed && first.started.count == 6)
    #expect(first.report.runs.count == 6)
    for run in first.report.runs {
      #expect(run.scores.map(\.evaluation) == ["probe", "knn", "finetune"])
      #expect(run.scores.allSatisfy { (0...100).contains($0.top1) && $0.top5 >= $0.top1 && $0.labels == "50%" })
      #expect((run.pretrainSeconds == 0) == (run.method == "random"))
      #expect(run.curve.count == (run.method == "random" ? 0 : 4))
    }
    #expect(first.report.runs.first { $0.method == "splitmask" }?.picture != nil)
    let second = try bench.run(config)
    #expect(second.started.isEmpty && second.report == first.report)
  }

  @Test func interruptedComparisonGoesOnToTheSameResult() throws {
    let bench = try Bench()
    let whole = try bench.run(bench.config([.splitmask], seeds: 1)).report
    try FileManager.default.moveItem(
      at: bench.url.appendingPathComponent("out"), to: bench.url.appendingPathComponent("whole"))
    #expect(try bench.run(bench.config([.splitmask], seeds: 1), stoppingAfter: 2).outcome == .interrupted)
    let resumed = try bench.run(bench.config([.splitmask], seeds: 1)).report
    func scores(_ report: ComparisonReport) -> [Double] { report.runs[0].scores.map(\.top1) }
    #expect(scores(resumed) == scores(whole))
    #expect(resumed.runs[0].curve.map(\.loss) == whole.runs[0].curve.map(\.loss))
  }

  /// The process ended between the end of a fine-tuning and the record of what it reached.
  @Test func whatIsDoneButNotRecordedIsTakenFromItsRun() throws {
    let bench = try Bench()
    let config = bench.config([.random], seeds: 1)
    let whole = try bench.run(config).report.runs[0].scores
    try FileManager.default.removeItem(at: bench.url.appendingPathComponent("out/results/random-seed0.json"))
    let again = try bench.run(config)
    #expect(again.outcome == .completed && again.report.runs[0].scores.map(\.top1) == whole.map(\.top1))
  }

  @Test func reportIsToldAfterEveryRun() throws {
    let bench = try Bench()
    let comparison = try Comparison(
      bench.config([.random], seeds: 2), in: bench.url.appendingPathComponent("out"), observer: { _ in })
    var counts: [Int] = []
    #expect(try comparison.run { counts.append($0.runs.count) } == .completed)
    #expect(counts == [1, 2])
  }

  @Test func otherSettingsInTheSameFolderAreRefused() throws {
    let bench = try Bench()
    _ = try bench.run(bench.config([.random], seeds: 1))
    var changed = bench.config([.random], seeds: 1)
    changed.labels = [.fraction(1)]
    #expect(throws: ChangedSettings.self) { try bench.run(changed) }
  }

  @Test func whatAnotherProcessIsAtIsLeftToIt() throws {
    let bench = try Bench()
    let results = bench.url.appendingPathComponent("out/results")
    try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
    let lock = try LockFile(results.appendingPathComponent("random-seed0.lock"))
    let shared = try bench.run(bench.config([.random], seeds: 2))
    #expect(shared.outcome == .completed && shared.report.runs.map(\.seed) == [1])
    lock?.release()
    #expect(try bench.run(bench.config([.random], seeds: 2)).report.runs.map(\.seed) == [0, 1])
  }

  /// As another machine with other threads begins it.
  @Test func aTrialGoesOnWithTheSettingsItWasBegunWith() throws {
    let bench = try Bench()
    let config = bench.config([.splitmask], seeds: 1)
    #expect(try bench.run(config, stoppingAfter: 2).outcome == .interrupted)
    let file = bench.url.appending(path: "out/runs/splitmask-seed0/config.yaml")
    let begun = try String(contentsOf: file, encoding: .utf8)
    #expect(begun.contains("replicas: 1"))
    try Data(begun.replacing("replicas: 1", with: "replicas: 2").utf8).write(to: file)
    #expect(try bench.run(config).outcome == .completed)
    #expect(try String(contentsOf: file, encoding: .utf8).contains("replicas: 2"))
  }

  @Test func anEarlierVersionsComparisonIsNotMixedWithShortRuns() throws {
    let bench = try Bench()
    var config = bench.config([.random], seeds: 1)
    _ = try bench.run(config)
    let file = bench.url.appending(path: "out/comparison.yaml")
    let saved = try String(contentsOf: file, encoding: .utf8)
    #expect(saved.contains("preset: quick"))
    try Data(saved.replacing("preset: quick\n", with: "").utf8).write(to: file)
    #expect(throws: ChangedSettings.self) { try bench.run(config) }
    config.preset = .paper
    #expect(try bench.run(config).outcome == .completed)
  }

  @Test func aDamagedRecordIsNamedAndLeftAsItIs() throws {
    let bench = try Bench()
    let config = bench.config([.random], seeds: 1)
    _ = try bench.run(config)
    let folder = bench.url.appending(path: "out/results")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
    let record = folder.appending(path: try #require(names.first))
    try Data("{\"method\": ".utf8).write(to: record)
    let error = #expect(throws: DamagedRecord.self) { try bench.run(config) }
    #expect(error?.exitStatus == .badData && error?.path == record.path)
    #expect(try Data(contentsOf: record) == Data("{\"method\": ".utf8))
  }

  @Test func methodsAndSeedsMayGrow() throws {
    let bench = try Bench()
    let first = try bench.run(bench.config([.random], seeds: 1)).report
    let grown = try bench.run(bench.config([.random, .mae], seeds: 2)).report
    #expect(grown.runs.count == 4)
    #expect(grown.runs[0].scores.map(\.top1) == first.runs[0].scores.map(\.top1))
  }

  @Test func impossibleSettingsAreNamed() throws {
    let bench = try Bench()
    func key(_ change: (inout ComparisonConfig) -> Void) -> String? {
      var config = bench.config([.random])
      change(&config)
      return #expect(throws: InvalidSetting.self) { try bench.run(config) }?.key
    }
    #expect(key { $0.methods = [] } == "methods")
    #expect(key { $0.seeds = 0 } == "seeds")
    #expect(key { ($0.methods, $0.labels) = ([.supervised], [.fraction(0.1), .fraction(1)]) } == "labels")
    // A faulty setting shows before the first hour of training.
    #expect(
      key { ($0.methods, $0.pretraining) = ([.random, .splitmask], ["training.batchSize=0"]) } == "training.batchSize")
  }
}
