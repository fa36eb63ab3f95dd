import Foundation
import Runs
import SelfSupervision
import Settings
import ShapesData
import TestSupport
import Testing
import Training
import VisionModels

/// Tiny runs on a few composed pictures; the folder goes with this object.
final class TinyRuns {
  let url: URL

  init(images: Int = 20) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("recipes-\(UUID().uuidString)")
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height, config.validationShare) = (images, 32, 32, 0)
    try ShapesDataset(config: config).write(to: url.appendingPathComponent("data"), workers: 1)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func folder(_ name: String) -> RunFolder { RunFolder(at: url.appendingPathComponent(name)) }

  func config(_ change: (inout PretrainConfig) -> Void = { _ in }) -> PretrainConfig {
    var config = PretrainConfig()
    config.device = .cpu
    config.data.images = [url.appendingPathComponent("data/train").path]
    config.data.workers = 0
    config.model = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (config.model.width, config.model.depth, config.model.headCount) = (32, 2, 2)
    config.tokenizer.vocabulary = 64
    (config.training.steps, config.training.batchSize, config.training.learningRate) = (8, 4, 1e-3)
    (config.training.checkpointEvery, config.training.logEvery) = (2, 1)
    change(&config)
    return config
  }

  /// Trains, asking to stop after a step.
  func train(
    _ config: PretrainConfig, in folder: RunFolder, resuming: Bool = false, allowingChange: Bool = false,
    stoppingAfter last: Int? = nil
  ) throws -> [TrainingEvent] {
    let stop = StopFlag()
    var events: [TrainingEvent] = []
    let request = RunRequest(folder.url, resuming: resuming, allowingChange: allowingChange, stop: stop)
    let outcome = try PretrainingRun(config).train(request) { event in
      events.append(event)
      if case .progressed(let progress) = event, progress.step == last { stop.request() }
    }
    #expect(outcome == (last == nil ? .completed : .interrupted))
    return events
  }
}

@Suite struct PretrainingRunTests {
  @Test(arguments: [(1, 0, 2), (2, 0, 0), (2, 2, 0)])
  func resumedRunEndsInTheSameBytes(accumulate: Int, before: Int, after: Int) throws {
    let runs = try TinyRuns()
    let config = runs.config { $0.training.accumulate = accumulate }
    _ = try runs.train(config, in: runs.folder("whole"))
    var part = config
    part.data.workers = before
    _ = try runs.train(part, in: runs.folder("part"), stoppingAfter: 4)
    part.data.workers = after
    _ = try runs.train(part, in: runs.folder("part"), resuming: true)
    #expect(try haveSameBytes(runs.folder("part").encoder, runs.folder("whole").encoder))
  }

  @Test func damagedCheckpointIsPassedOverToTheSameBytes() throws {
    let runs = try TinyRuns()
    _ = try runs.train(runs.config(), in: runs.folder("whole"))
    let part = runs.folder("part")
    _ = try runs.train(runs.config(), in: part, stoppingAfter: 6)
    let model = part.checkpoint(6).appendingPathComponent("model.safetensors")
    try Data(contentsOf: model).prefix(1000).write(to: model)
    let events = try runs.train(runs.config(), in: part, resuming: true)
    let warnings = events.compactMap { if case .warned(let text) = $0 { text } else { nil } }
    #expect(warnings.contains { $0.contains("damaged checkpoint") && $0.contains("step-00000006") }, "\(warnings)")
    #expect(try haveSameBytes(part.encoder, runs.folder("whole").encoder))
  }

  @Test func changedSettingsAreRefusedUnlessAllowed() throws {
    let runs = try TinyRuns()
    let folder = runs.folder("run")
    _ = try runs.train(runs.config(), in: folder, stoppingAfter: 2)
    let changed = runs.config { ($0.training.weightDecay, $0.splitmask.matching.temperature) = (0.1, 0.5) }
    let error = #expect(throws: ChangedSettings.self) { try runs.train(changed, in: folder, resuming: true) }
    #expect(error?.changes.count == 2)
    let text = try #require(error?.description)
    #expect(text.contains("training.weightDecay") && text.contains("splitmask.matching.temperature"))
    _ = try runs.train(changed, in: folder, resuming: true, allowingChange: true)
    let saved = try ConfigurationOverlay.applying(file: folder.configuration, to: PretrainConfig())
    #expect(saved.training.weightDecay == 0.1)
  }

  @Test func harmlessSettingsMayChange() throws {
    let runs = try TinyRuns()
    _ = try runs.train(runs.config(), in: runs.folder("run"), stoppingAfter: 2)
    let changed = runs.config { ($0.training.logEvery, $0.data.workers, $0.training.keepCheckpoints) = (3, 1, 1) }
    _ = try runs.train(changed, in: runs.folder("run"), resuming: true)
    #expect(try runs.folder("run").checkpointSteps() == [8])
  }

  /// The list of what may change is written for people in docs/training.md.
  @Test func whatMayChangeIsDocumented() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/training.md"), encoding: .utf8)
    let start = try #require(text.range(of: "cannot change the result always may: "))
    let end = try #require(text[start.upperBound...].range(of: ".\n"))
    let keys = text[start.upperBound..<end.lowerBound].split(separator: "`").filter { $0.contains(".") }.map(
      String.init)
    #expect(Set(keys) == PretrainConfig.keysChangeableOnResume)
    #expect(FineTuneConfig.keysChangeableOnResume == PretrainConfig.keysChangeableOnResume)
  }

  @Test func otherImagesAreRefusedUnlessAllowed() throws {
    let runs = try TinyRuns()
    let folder = runs.folder("run")
    let config = runs.config { ($0.training.steps, $0.training.epochs) = (nil, 2) }
    _ = try runs.train(config, in: folder, stoppingAfter: 2)
    let images = runs.url.appendingPathComponent("data/train")
    let names = try FileManager.default.subpathsOfDirectory(atPath: images.path).filter { $0.hasSuffix(".jpg") }
      .sorted()
    for name in names.prefix(4) { try FileManager.default.removeItem(at: images.appendingPathComponent(name)) }
    let error = #expect(throws: ChangedSettings.self) { try runs.train(config, in: folder, resuming: true) }
    #expect(error?.changes.first?.hasPrefix("training images: 20 images then, 16 now; of class ") == true, "\(error!)")
    // As many, but another one.
    let last = images.appendingPathComponent(names.last!)
    _ = try runs.train(config, in: folder, resuming: true, allowingChange: true, stoppingAfter: 3)
    try FileManager.default.moveItem(at: last, to: last.deletingLastPathComponent().appendingPathComponent("zz.jpg"))
    let renamed = #expect(throws: ChangedSettings.self) { try runs.train(config, in: folder, resuming: true) }
    #expect(renamed?.description.contains("other names") == true)
    // Runs of versions that did not remember their images go on, and remember from then on.
    try FileManager.default.removeItem(at: folder.images)
    _ = try runs.train(config, in: folder, resuming: true, stoppingAfter: 4)
    #expect(FileManager.default.fileExists(atPath: folder.images.path))
  }

  @Test func aStopWhileWordsAreMadeLeavesARunToResume() throws {
    let runs = try TinyRuns()
    let config = runs.config { ($0.tokenizer.kind, $0.tokenizer.iterations) = (.kMeans, 4) }
    _ = try runs.train(config, in: runs.folder("whole"))
    let folder = runs.folder("run")
    let stop = StopFlag()
    var passes = 0
    let outcome = try PretrainingRun(config).train(RunRequest(folder.url, stop: stop)) { event in
      guard case .noted(let text) = event, text.contains("k-means ") else { return }
      (passes, _) = (passes + 1, stop.request())
    }
    #expect(outcome == .interrupted && passes == 1)
    #expect(!FileManager.default.fileExists(atPath: folder.tokenizer.path))
    _ = try runs.train(config, in: folder, resuming: true)
    #expect(try haveSameBytes(folder.encoder, runs.folder("whole").encoder))
  }

  @Test func savedConfigurationRepeatsTheRun() throws {
    let runs = try TinyRuns()
    _ = try runs.train(runs.config(), in: runs.folder("first"))
    let saved = try ConfigurationOverlay.applying(file: runs.folder("first").configuration, to: PretrainConfig())
    _ = try runs.train(saved, in: runs.folder("second"))
    #expect(try haveSameBytes(runs.folder("second").encoder, runs.folder("first").encoder))
  }

  @Test func runLeavesWhatItPromises() throws {
    let runs = try TinyRuns()
    let folder = runs.folder("run")
    let events = try runs.train(runs.config(), in: folder)
    #expect(try EncoderFile.config(of: folder.encoder).embeddingDimension == 32)
    let lines = try String(contentsOf: folder.metrics, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 8)
    for name in ["loss_inpaint", "loss_match", "descriptor_std", "inpaint_accuracy", "predicted_perplexity"] {
      #expect(lines.allSatisfy { $0.contains("\"\(name)\"") }, "\(name)")
    }
    #expect(!(try FileManager.default.contentsOfDirectory(atPath: folder.pictures.path)).isEmpty)
    #expect(events.contains { if case .planned(let plan) = $0 { plan.totalSteps == 8 } else { false } })
  }
}
