import Comparisons
import Experiments
import Foundation
import ImageCoding
import ImageData
import Runs
import Settings
import SplitMaskCore
import Testing
import Training
import VisionModels

/// A folder for an experiment, which goes with this object.
private final class Laboratory {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("experiment-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: url) }

  func config(_ recipe: String, _ scale: ExperimentScale = .debug) -> ExperimentConfig {
    var config = ExperimentConfig()
    (config.recipe, config.scale) = (recipe, scale)
    config.pretraining = ["device=cpu"]
    return config
  }

  /// Runs a recipe; tells what it began.
  func run(
    _ config: ExperimentConfig, stoppingAfter last: Int? = nil
  ) throws -> (outcome: TrainingEvent.Outcome, started: [String], report: ExperimentReport) {
    let stop = StopFlag()
    var started: [String] = []
    var steps = 0
    let experiment = try Experiment(config, in: url.appendingPathComponent("out"), stop: stop) { event in
      if case .started(let title) = event { started.append(title) }
      if case .training(.progressed) = event {
        steps += 1
        if steps == last { stop.request() }
      }
    }
    return (try experiment.run(), started, try experiment.report())
  }

  func text(_ name: String) throws -> String {
    try String(contentsOf: url.appendingPathComponent("out/" + name), encoding: .utf8)
  }

  /// Empty folders in the places of all data sets: enough for what looks at no image.
  func makePlaces() throws -> String {
    let root = url.appendingPathComponent("data")
    for dataset in ExperimentDataset.allCases {
      for part in ["train", "val"] {
        try FileManager.default.createDirectory(
          at: root.appendingPathComponent("\(dataset.rawValue)/\(part)"), withIntermediateDirectories: true)
      }
    }
    for file in ["coco/annotations/instances_#2017.json", "penn-fudan/instances_#.json"] {
      for part in ["train", "val"] {
        let url = root.appendingPathComponent(file.replacingOccurrences(of: "#", with: part))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: url)
      }
    }
    return root.path
  }
}

@Suite struct ExperimentTests {
  @Test(arguments: ExperimentRecipe.all.map(\.name)) func debugRunFillsTheWholeTable(name: String) throws {
    let laboratory = Laboratory()
    let config = laboratory.config(name)
    let first = try laboratory.run(config)
    #expect(first.outcome == .completed && !first.started.isEmpty)
    let report = first.report
    #expect(report.cells.count == report.rows.count * report.columns.count)
    for cell in report.cells {
      let isDalle = name == "table-2" && cell.row == "DALL-E"
      let isGiven = name == "robustness" && ["DeiT [ImageNet, supervised]", "BEiT [ImageNet]"].contains(cell.row)
      let place = Comment("\(cell.row), \(cell.column)")
      #expect((cell.measured == nil) == (cell.unit == nil || isDalle || isGiven), place)
      #expect(cell.measured.map(\.mean.isFinite) != false, place)
      #expect((cell.reason == "needs --dall-e-weights") == isDalle, place)
      #expect((cell.reason?.contains("=FILE takes it from a file") == true) == isGiven, place)
      // Only a cell that the paper leaves empty as well may be empty without a reason.
      #expect(cell.measured != nil || cell.reason != nil || cell.published == nil, place)
    }
    #expect(report.cells.contains { $0.measured != nil && $0.published != nil })
    #expect(try laboratory.text("results.md") == report.markdown)
    #expect(try JSONDecoder().decode(ExperimentReport.self, from: Data(laboratory.text("results.json").utf8)) == report)
    let second = try laboratory.run(config)
    #expect(second.started.isEmpty && second.report == report)
  }

  @Test func rowsOfOthersTakeTheirWeightsFromFiles() throws {
    let laboratory = Laboratory()
    let file = laboratory.url.appendingPathComponent("deit.safetensors")
    try FileManager.default.createDirectory(at: laboratory.url, withIntermediateDirectories: true)
    var shape = VisionTransformer.Config(.tiny, imageSize: ImageSize(24), patchSize: 8)
    (shape.width, shape.depth, shape.headCount) = (48, 1, 3)
    var generator = SeededGenerator(seed: 1, purpose: .initialization)
    try EncoderFile.write(
      VisionTransformer(shape, using: &generator),
      normalization: PixelNormalization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5]), to: file)
    var config = laboratory.config("robustness")
    config.encoders = [ComparedEncoder(name: "deit", path: file.path)]
    let (_, started, report) = try laboratory.run(config)
    #expect(started.contains { $0.hasPrefix("deit, seed 0 ") } && !started.contains { $0.hasPrefix("beit") })
    let row = report.cells.filter { $0.row == "DeiT [ImageNet, supervised]" }
    #expect(row.count == 4 && row.allSatisfy { $0.measured != nil })
    #expect(report.facts.contains { $0.name == "encoder deit" && $0.value == file.path })
    #expect(try laboratory.text("results.md").contains("--encoder beit=FILE takes it from a file"))

    config.encoders[0].name = "dino"
    let unknown = #expect(throws: InvalidSetting.self) { try laboratory.run(config) }
    #expect(unknown?.problem.contains("'dino' is none of deit, beit") == true)
    config.recipe = "table-3"
    let none = #expect(throws: InvalidSetting.self) { try laboratory.run(config) }
    #expect(none?.problem.contains("table-3 has no row for an encoder of others") == true)
  }

  @Test func interruptedRecipeLeavesItsTableAndGoesOn() throws {
    let laboratory = Laboratory()
    let config = laboratory.config("figure-longer")
    // Two updates of pretraining and two of fine-tuning are one encoder; the stop comes in the second.
    #expect(try laboratory.run(config, stoppingAfter: 5).outcome == .interrupted)
    let table = try laboratory.text("results.md")
    #expect(table.contains("(92.8)") && table.contains("not yet run"))
    let half = try JSONDecoder().decode(ExperimentReport.self, from: Data(laboratory.text("results.json").utf8))
    #expect(half.cells.count { $0.measured != nil } == 1)
    let rest = try laboratory.run(config)
    #expect(rest.started.count == 4)
    #expect(rest.report.cells[0].measured == half.cells[0].measured)
    #expect(rest.report.cells.allSatisfy { $0.measured?.count == 1 })
  }

  @Test func moreSeedsAreAddedAndOtherSettingsRefused() throws {
    let laboratory = Laboratory()
    var config = laboratory.config("figure-longer")
    config.fineTuning = ["training.learningRate=0.001"]
    #expect(try laboratory.run(config).started.count == 5)
    config.seeds = 2
    let more = try laboratory.run(config)
    #expect(more.started.count == 5)
    let cell = try #require(more.report.cell(row: "5,000 epochs", column: "Stanford Cars")?.measured)
    #expect(cell.count == 2 && cell.values.count == 2 && cell.deviation != nil)
    #expect(cell.mean == (cell.values[0] + cell.values[1]) / 2)
    config.fineTuning = []
    #expect(throws: ChangedSettings.self) { try laboratory.run(config) }
    config.recipe = "figure-epochs"
    #expect(throws: ChangedSettings.self) { try laboratory.run(config) }
  }

  @Test func foreignFolderIsLeftAlone() throws {
    let laboratory = Laboratory()
    let out = laboratory.url.appendingPathComponent("out")
    try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: out.appendingPathComponent("thesis.txt"))
    let error = #expect(throws: InvalidSetting.self) { try laboratory.run(laboratory.config("table-3")) }
    #expect(error?.key == "out" && error?.problem.contains("thesis.txt") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path) == ["thesis.txt"])
  }

  @Test func missingDataIsNamedWithWhereItComesFrom() throws {
    let laboratory = Laboratory()
    func problem(_ change: (inout ExperimentConfig) -> Void) -> String? {
      var config = laboratory.config("table-1", .small)
      change(&config)
      return #expect(throws: InvalidSetting.self) { try laboratory.run(config) }?.problem
    }
    #expect(problem { _ in }?.contains("splitmask data fetch cifar-10") == true)
    #expect(problem { $0.dataRoot = "/nowhere" }?.contains("in /nowhere/cifar-10") == true)
    #expect(problem { $0.data = ["cifar10.train=x"] }?.contains("did you mean 'cifar-10'?") == true)
    #expect(problem { $0.data = ["cifar-10.training=x"] }?.contains("NAME.PART=PATH") == true)
    #expect(!FileManager.default.fileExists(atPath: laboratory.url.appendingPathComponent("out").path))
  }

  @Test func paperScaleHasThePublishedSettings() throws {
    let laboratory = Laboratory()
    let root = try laboratory.makePlaces()
    func settings(
      _ recipe: String, _ name: String
    ) throws -> (pretraining: PretrainConfig, fineTunings: [FineTuneConfig]) {
      var config = laboratory.config(recipe, .paper)
      config.dataRoot = root
      let experiment = try Experiment(config, in: laboratory.url.appendingPathComponent("out"), observer: { _ in })
      return try #require(experiment.settings(of: name))
    }
    let share = try settings("table-1", "splitmask-imagenet-1-percent")
    #expect(share.pretraining.training.epochs == 30_000 && share.pretraining.training.batchSize == 2048)
    #expect(share.pretraining.data.subset == .fraction(0.01) && share.pretraining.regime == .standard)
    #expect(share.pretraining.tokenizer == .init() && share.pretraining.model == .init(.small))
    #expect(share.fineTunings.map(\.training.epochs) == [300] && share.fineTunings[0].regime == .standard)
    let cars = try settings("table-6", "b-splitmask-cars")
    #expect(cars.pretraining.training.epochs == 5000 && cars.pretraining.regime == .smallData)
    #expect(cars.pretraining.model == .init(.base))
    #expect(cars.fineTunings[0].regime == .smallData && cars.fineTunings[0].training.batchSize == 1024)
    let scenes = try settings("table-3", "splitmask-ade20k").pretraining
    #expect(scenes.training.epochs == 21_000 && scenes.augmentation.cropScale == 0.08...0.25)
    #expect(try settings("figure-samples", "splitmask-5-percent").pretraining.training.steps == 187_500)
    #expect(try settings("table-7", "b-dino").pretraining.training.epochs == 400)
    #expect(try settings("table-7", "s-beit").fineTunings[0].training.epochs == 200)
    let ablation = try settings("table-8", "split-match")
    #expect(ablation.pretraining.splitmask.match && !ablation.pretraining.splitmask.inpaint)
    #expect(ablation.fineTunings[0].training.epochs == 100)
  }

  @Test func smallScaleKeepsTheNumberOfUpdates() throws {
    let laboratory = Laboratory()
    var config = laboratory.config("table-1", .small)
    config.dataRoot = try laboratory.makePlaces()
    config.pretraining.append("training.checkpointEvery=9")
    let experiment = try Experiment(config, in: laboratory.url.appendingPathComponent("out"), observer: { _ in })
    for name in ["splitmask-imagenet-1-percent", "beit-imagenet", "dino-coco"] {
      let settings = try #require(experiment.settings(of: name))
      #expect(settings.pretraining.training.steps == 1560 && settings.pretraining.training.batchSize == 256)
      #expect(settings.pretraining.training.checkpointEvery == 9)
      #expect(settings.fineTunings.map(\.data.labels) == [.total(5000)])
    }
  }

  @Test func publishedSubsetsOutrankDrawnOnes() throws {
    let laboratory = Laboratory()
    var config = laboratory.config("table-1", .paper)
    let root = try laboratory.makePlaces()
    config.dataRoot = root
    func data() throws -> (images: [String], subset: LabelAmount?) {
      let experiment = try Experiment(config, in: laboratory.url.appendingPathComponent("out"), observer: { _ in })
      let settings = try #require(experiment.settings(of: "splitmask-imagenet-1-percent")).pretraining.data
      return (settings.images, settings.subset)
    }
    #expect(try data().subset == .fraction(0.01))
    let list = root + "/imagenet/1percent.txt"
    try Data().write(to: URL(filePath: list))
    #expect(try data() == ([list], nil))
    config.data = ["imagenet.train-1-percent=/elsewhere.txt"]
    #expect(try data() == (["/elsewhere.txt"], nil))
  }

  @Test func wordsOfDallesNeedTheirWeightsAndNothingElseDoes() throws {
    let laboratory = Laboratory()
    var config = laboratory.config("table-6", .paper)
    config.dataRoot = try laboratory.makePlaces()
    let report = try Experiment(config, in: laboratory.url.appendingPathComponent("out"), observer: { _ in }).report()
    let waiting = report.cells.filter { $0.reason == "needs --dall-e-weights" }.map(\.row)
    #expect(Set(waiting) == ["ViT-S BEiT [ImageNet]", "ViT-B BEiT [ImageNet]"])
    #expect(report.cells.allSatisfy { $0.reason == "needs --dall-e-weights" || $0.reason == "not yet run" })
  }
}
