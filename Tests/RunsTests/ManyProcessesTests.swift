import Classification
import DurableFiles
import Foundation
import Runs
import SelfSupervision
import TestSupport
import Testing
import Torch
import Training
import VisionModels

/// Several processes with a share of every batch end where one process with whole batches does.
@Suite struct ManyProcessesTests {
  private struct Outcome {
    let losses: [Double]
    let weights: [String: Tensor]

    /// The largest difference of a loss or a weight.
    ///
    /// The biases of attention's keys are left out: they change no softmax, so their gradients are rounding alone, which
    /// AdamW enlarges to steps of the learning rate.
    func distance(to other: Outcome) -> Double {
      guard losses.count == other.losses.count, weights.keys == other.weights.keys else { return .infinity }
      let ofLosses = zip(losses, other.losses).map { abs($0 - $1) }.max() ?? .infinity
      let ofWeights =
        weights.keys.map { key in
          let (own, others) = (weights[key]!, other.weights[key]!)
          guard key.hasSuffix("qkv.bias") else { return difference(own, others) }
          let count = own.shape[0] / 3
          return [0, 2].map {
            difference(
              own.narrowed(0, start: $0 * count, count: count), others.narrowed(0, start: $0 * count, count: count))
          }.max()!
        }.max() ?? .infinity
      return max(ofLosses, ofWeights)
    }
  }

  private func outcome(of folder: RunFolder, steps: Int) throws -> Outcome {
    let lines = try String(contentsOf: folder.metrics, encoding: .utf8).split(separator: "\n")
    let losses = try lines.compactMap { line -> Double? in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return object?["loss"] as? Double
    }
    let file = folder.checkpoint(steps).appending(path: "model.safetensors")
    return Outcome(losses: losses, weights: try SafetensorsFile(file).tensors())
  }

  private func methods(_ runs: TinyRuns) -> [String: PretrainConfig] {
    func config(_ method: PretrainingMethod, _ change: (inout PretrainConfig) -> Void = { _ in }) -> PretrainConfig {
      runs.config {
        $0.method = method
        $0.model.stochasticDepthRate = 0
        $0.seed = 6
        ($0.training.steps, $0.training.batchSize, $0.training.learningRate) = (10, 6, 1e-4)
        change(&$0)
      }
    }
    return [
      "splitmask": config(.splitmask),
      "splitmask, opposite branch, accumulated": config(.splitmask) {
        $0.splitmask.matching.negatives = .oppositeBranch
        $0.training.accumulate = 2
      },
      "splitmask, ragged": config(.splitmask) {
        ($0.splitmask.masking.strategy, $0.splitmask.masking.exact) = (.block, false)
      },
      "beit": config(.beit),
      // On a larger grid rectangles often fall short, so that processes predict differently many words.
      "beit, differently many": config(.beit) { $0.model.imageSize = ImageSize(32) },
      "dino": config(.dino) {
        ($0.dino.hiddenDimension, $0.dino.outputDimension, $0.dino.bottleneckDimension) = (64, 64, 32)
      },
      "mae": config(.mae),
      "supervised": config(.supervised) {
        $0.supervised.mixing = .smoothingOnly
        $0.supervised.erasing.probability = 0
      },
    ]
  }

  @Test(arguments: [2, 3])
  func pretrainingIsTheSame(size: Int) throws {
    let runs = try TinyRuns(images: 26)
    for (name, config) in methods(runs) {
      let one = runs.folder("\(name)-1")
      _ = try PretrainingRun(config).train(RunRequest(one.url)) { _ in }
      let many = runs.folder("\(name)-\(size)")
      let events = try together(size) { processes in
        var warnings: [String] = []
        _ = try PretrainingRun(config, processes: processes).train(RunRequest(many.url)) { event in
          if case .warned(let text) = event { warnings.append(text) }
        }
        return warnings
      }
      let distance = try outcome(of: many, steps: 10).distance(to: outcome(of: one, steps: 10))
      #expect(distance < 1e-5, "\(name) in \(size) processes: \(distance)")
      #expect(events.dropFirst().flatMap { $0 } == [])
    }
  }

  /// The replicas of one process end where whole batches do, and at the same bits every time.
  @Test func replicasAreTheSame() throws {
    let runs = try TinyRuns(images: 26)
    for (name, config) in methods(runs) {
      let folders = try [1, 2, 2].enumerated().map { place, replicas throws -> RunFolder in
        var config = config
        config.training.replicas = replicas
        let folder = runs.folder("\(name)-\(place)")
        _ = try PretrainingRun(config).train(RunRequest(folder.url)) { _ in }
        return folder
      }
      let distance = try outcome(of: folders[1], steps: 10).distance(to: outcome(of: folders[0], steps: 10))
      #expect(distance < 1e-5, "\(name): \(distance)")
      #expect(try haveSameState(folders[1], folders[2]), "\(name)")
    }
  }

  @Test func replicasThatWereStoppedEndInTheSameBits() throws {
    let runs = try TinyRuns(images: 26)
    var config = methods(runs)["splitmask"]!
    config.training.replicas = 2
    config.model.stochasticDepthRate = 0.5
    let (whole, parted) = (runs.folder("whole"), runs.folder("parted"))
    _ = try PretrainingRun(config).train(RunRequest(whole.url)) { _ in }
    let stop = StopFlag()
    let outcome = try PretrainingRun(config).train(RunRequest(parted.url, stop: stop)) { event in
      if case .progressed(let progress) = event, progress.step == 4 { stop.request() }
    }
    #expect(outcome == .interrupted)
    let resumed = try PretrainingRun(PretrainConfig.ofRun(in: parted.url))
    _ = try resumed.train(RunRequest(parted.url, resuming: true)) { _ in }
    #expect(try haveSameState(whole, parted))
  }

  @Test func runsOfVersionsWithoutReplicasGoOnWithWholeBatches() throws {
    let runs = try TinyRuns(images: 26)
    var config = methods(runs)["mae"]!
    config.training.replicas = 1
    let folder = runs.folder("run")
    _ = try PretrainingRun(config).train(RunRequest(folder.url)) { _ in }
    let text = try String(contentsOf: folder.configuration, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let earlier = lines.filter { !$0.contains("replicas:") }
    #expect(earlier.count == lines.count - 1)
    try Data(earlier.joined(separator: "\n").utf8).write(to: folder.configuration)
    #expect(try PretrainConfig.ofRun(in: folder.url).training.replicas == 1)
  }

  private func haveSameState(_ first: RunFolder, _ second: RunFolder) throws -> Bool {
    try ["model.safetensors", "optimizer.safetensors"].allSatisfy {
      try haveSameBytes(first.checkpoint(10).appending(path: $0), second.checkpoint(10).appending(path: $0))
    }
  }

  @Test func localNegativesAreAChoiceThatShows() throws {
    let runs = try TinyRuns(images: 26)
    var config = methods(runs)["splitmask"]!
    config.splitmask.matching.acrossProcesses = false
    let folder = runs.folder("local")
    let local = config
    _ = try together(2) {
      try PretrainingRun(local, processes: $0).train(RunRequest(folder.url)) { _ in } == .completed
    }
    config.splitmask.matching.acrossProcesses = true
    let whole = runs.folder("whole")
    _ = try PretrainingRun(config).train(RunRequest(whole.url)) { _ in }
    #expect(try outcome(of: folder, steps: 10).distance(to: outcome(of: whole, steps: 10)) > 1e-3)
  }

  @Test func fineTuningAndItsEvaluationAreTheSame() throws {
    let runs = try TinyFineTuning(images: 42)
    let config = runs.config {
      $0.model.stochasticDepthRate = 0
      $0.mixing = .smoothingOnly
      $0.erasing.probability = 0
      ($0.training.steps, $0.training.batchSize) = (10, 6)
    }
    let one = runs.folder("one")
    let whole = try FineTuningRun(config)
    _ = try whole.train(RunRequest(one.url)) { _ in }
    let many = runs.folder("many")
    let results = try together(2) { processes -> ClassificationMetrics.Result? in
      let run = try FineTuningRun(config, processes: processes)
      _ = try run.train(RunRequest(many.url)) { _ in }
      return run.result
    }
    #expect(try outcome(of: many, steps: 10).distance(to: outcome(of: one, steps: 10)) < 1e-5)
    #expect(results.allSatisfy { $0?.imageCount == 21 && $0?.top1 == whole.result?.top1 })
  }

  @Test func anotherNumberOfProcessesGoesOn() throws {
    let runs = try TinyRuns(images: 26)
    let config = methods(runs)["dino"]!
    let one = runs.folder("one")
    _ = try PretrainingRun(config).train(RunRequest(one.url)) { _ in }
    let folder = runs.folder("resumed")
    _ = try together(3) { processes in
      let stop = StopFlag()
      _ = try PretrainingRun(config, processes: processes).train(RunRequest(folder.url, stop: stop)) { event in
        if case .progressed(let progress) = event, progress.step == 4 { stop.request() }
      }
      return 0
    }
    #expect(try folder.checkpointSteps().last == 4)
    let notes = try together(2) { processes -> [String] in
      var notes: [String] = []
      _ = try PretrainingRun(config, processes: processes).train(RunRequest(folder.url, resuming: true)) { event in
        if case .noted(let text) = event { notes.append(text) }
      }
      return notes
    }
    #expect(notes[0].contains { $0.contains("is of 3 processes; 2 go on") })
    #expect(try outcome(of: folder, steps: 10).distance(to: outcome(of: one, steps: 10)) < 1e-5)
  }

  @Test func onlineProbeIsTheSame() throws {
    let runs = try TinyRuns(images: 60)
    let asked = methods(runs)["splitmask"]!
    let (one, many) = (runs.folder("one"), runs.folder("many"))
    _ = try PretrainingRun(asked).train(RunRequest(one.url)) { _ in }
    _ = try together(2) { try PretrainingRun(asked, processes: $0).train(RunRequest(many.url)) { _ in } == .completed }
    func probe(_ folder: RunFolder) throws -> [String: Tensor] {
      try SafetensorsFile(folder.checkpoint(10).appending(path: "companion.safetensors")).tensors()
    }
    let (left, right) = (try probe(one), try probe(many))
    #expect(left["probe.weight"] != nil)
    for (key, value) in left { #expect(difference(value, right[key]) < 1e-5, "\(key)") }
  }

  @Test func processesThatWereStartedDifferentlyRefuse() throws {
    let runs = try TinyRuns(images: 26)
    let config = methods(runs)["mae"]!
    let folder = runs.folder("run")
    let messages = try together(2) { processes -> String in
      var own = config
      if processes.rank == 1 { own.training.learningRate = 2e-3 }
      do {
        _ = try PretrainingRun(own, processes: processes).train(RunRequest(folder.url)) { _ in }
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(messages.allSatisfy { $0.contains("process 1, process 0: training.learningRate is 0.002, 0.0001") })
    #expect(!FileManager.default.fileExists(atPath: folder.configuration.path))
  }

  /// What the second of two processes trains on lies somewhere else; `rename` gives one of its images another name.
  private func trainWithACopy(rename: Bool) throws -> [String] {
    let runs = try TinyRuns(images: 26)
    let config = methods(runs)["mae"]!
    let copy = runs.url.appending(path: "elsewhere")
    try FileManager.default.copyItem(at: URL(filePath: config.data.images[0]), to: copy)
    if rename {
      let images = try FileManager.default.subpathsOfDirectory(atPath: copy.path)
      let image = try #require(images.first { $0.hasSuffix(".png") || $0.hasSuffix(".jpg") })
      try FileManager.default.moveItem(
        at: copy.appending(path: image), to: copy.appending(path: image).appendingPathExtension("png"))
    }
    let folder = runs.folder("run")
    return try together(2) { processes -> String in
      var own = config
      if processes.rank == 1 { own.data.images = [copy.path] }
      do {
        return "\(try PretrainingRun(own, processes: processes).train(RunRequest(folder.url)) { _ in })"
      } catch { return "\(error)" }
    }
  }

  @Test func imagesMayLieElsewhere() throws {
    #expect(try trainWithACopy(rename: false) == ["completed", "completed"])
  }

  @Test func otherImagesAreRefused() throws {
    #expect(try trainWithACopy(rename: true).allSatisfy { $0.contains("other images or classes, by their names") })
  }
}
