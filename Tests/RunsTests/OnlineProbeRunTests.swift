import DurableFiles
import Foundation
import Runs
import SelfSupervision
import TestSupport
import Testing
import Training

/// The probe beside a pretraining run.
@Suite struct OnlineProbeRunTests {
  private func accuracies(_ events: [TrainingEvent]) -> [Double] {
    events.compactMap { if case .logged(let metrics) = $0 { metrics[OnlineProbe.metricName] } else { nil } }
  }

  private func config(_ runs: TinyRuns, _ method: PretrainingMethod, probed: Bool = true) -> PretrainConfig {
    var config = PretrainConfig(method: method)
    let tiny = runs.config { $0.onlineProbe = probed }
    (config.device, config.data, config.model, config.training) = (tiny.device, tiny.data, tiny.model, tiny.training)
    (config.tokenizer, config.onlineProbe) = (tiny.tokenizer, tiny.onlineProbe)
    (config.dino.outputDimension, config.dino.hiddenDimension, config.dino.bottleneckDimension) = (32, 32, 16)
    config.model.stochasticDepthRate = 0.2
    return config
  }

  @Test(arguments: [PretrainingMethod.splitmask, .beit, .dino, .mae])
  func itIsLoggedAndChangesNothing(method: PretrainingMethod) throws {
    let runs = try TinyRuns(images: 60)
    let events = try runs.train(config(runs, method), in: runs.folder("probed"))
    let logged = accuracies(events)
    #expect(logged.count == 8 && logged.allSatisfy { (0...1).contains($0) })
    let plain = try runs.train(config(runs, method, probed: false), in: runs.folder("plain"))
    #expect(accuracies(plain).isEmpty)
    #expect(try haveSameBytes(runs.folder("probed").encoder, runs.folder("plain").encoder))
  }

  @Test func itGoesOnAfterAResumeToTheSameBytes() throws {
    let runs = try TinyRuns(images: 60)
    _ = try runs.train(config(runs, .splitmask), in: runs.folder("whole"))
    _ = try runs.train(config(runs, .splitmask), in: runs.folder("part"), stoppingAfter: 4)
    _ = try runs.train(config(runs, .splitmask), in: runs.folder("part"), resuming: true)
    let files = ["whole", "part"].map { runs.folder($0).checkpoint(8).appending(path: "companion.safetensors") }
    #expect(try haveSameBytes(files[0], files[1]))
  }

  @Test func raggedHalvesAreProbedToo() throws {
    let runs = try TinyRuns(images: 60)
    var ragged = config(runs, .splitmask)
    (ragged.regime, ragged.splitmask.masking.exact) = (.standard, false)
    let logged = accuracies(try runs.train(ragged, in: runs.folder("run")))
    #expect(logged.count == 8 && logged.allSatisfy(\.isFinite))
  }

  @Test func picturesInOneFolderHaveNoClasses() throws {
    let runs = try TinyRuns(images: 60)
    let flat = runs.url.appendingPathComponent("flat")
    try FileManager.default.createDirectory(at: flat, withIntermediateDirectories: true)
    let train = runs.url.appendingPathComponent("data/train")
    for path in try FileManager.default.subpathsOfDirectory(atPath: train.path)
    where path.hasSuffix(".png") || path.hasSuffix(".jpg") {
      try FileManager.default.copyItem(
        at: train.appendingPathComponent(path),
        to: flat.appendingPathComponent(path.replacingOccurrences(of: "/", with: "-")))
    }
    var config = config(runs, .splitmask)
    config.data.images = [flat.path]
    #expect(accuracies(try runs.train(config, in: runs.folder("run"))).isEmpty)
    #expect(try PretrainingRun(config).plan.description.contains("probe") == false)
    config.data.images = [train.path]
    #expect(try PretrainingRun(config).plan.description.contains("a linear probe of the"))
  }
}
