import DurableFiles
import Foundation
import Runs
import SelfSupervision
import TestSupport
import Testing
import Torch
import Training
import VisionModels

@Suite struct DINORecipeTests {
  private func config(_ runs: TinyRuns, _ change: (inout PretrainConfig) -> Void = { _ in }) -> PretrainConfig {
    runs.config { config in
      config.method = .dino
      (config.dino.outputDimension, config.dino.hiddenDimension, config.dino.bottleneckDimension) = (32, 32, 16)
      change(&config)
    }
  }

  @Test(arguments: [(1, 0, 2), (2, 2, 0)])
  func resumedRunEndsInTheSameBytes(accumulate: Int, before: Int, after: Int) throws {
    let runs = try TinyRuns()
    let asked = config(runs) { $0.training.accumulate = accumulate }
    _ = try runs.train(asked, in: runs.folder("whole"))
    var part = asked
    part.data.workers = before
    _ = try runs.train(part, in: runs.folder("part"), stoppingAfter: 4)
    part.data.workers = after
    _ = try runs.train(part, in: runs.folder("part"), resuming: true)
    for file in ["model", "companion", "optimizer"] {
      let files = ["whole", "part"].map { runs.folder($0).checkpoint(8).appending(path: "\(file).safetensors") }
      #expect(try haveSameBytes(files[0], files[1]), "\(file)")
    }
    #expect(try haveSameBytes(runs.folder("part").encoder, runs.folder("whole").encoder))
  }

  @Test func theEncoderThatIsKeptIsTheTeachers() throws {
    let runs = try TinyRuns()
    let folder = runs.folder("run")
    _ = try runs.train(config(runs), in: folder)
    let kept = try EncoderFile.read(folder.encoder).encoder.stateDictionary
    let checkpoint = folder.checkpoint(8)
    let teacher = try SafetensorsFile(checkpoint.appendingPathComponent("companion.safetensors")).tensors()
    let student = try SafetensorsFile(checkpoint.appendingPathComponent("model.safetensors")).tensors()
    #expect(kept.allSatisfy { $1.hasSameValues(as: teacher["network.encoder.\($0)"]!) })
    #expect(!kept.allSatisfy { $1.hasSameValues(as: student["encoder.\($0)"]!) })
    #expect(teacher["center"]!.norm().item() > 0)
    let pictures = try FileManager.default.contentsOfDirectory(atPath: folder.pictures.path)
    #expect(pictures.contains { $0.contains("crops") }, "\(pictures)")
  }

  @Test func theLogTellsOfTheTeacherAndThePlanOfChoices() throws {
    let runs = try TinyRuns()
    let events = try runs.train(config(runs), in: runs.folder("run"))
    let logged = events.compactMap { if case .logged(let metrics) = $0 { metrics } else { nil } }
    #expect(logged.count == 8)
    for name in ["loss", "teacher_entropy", "teacher_student_kl", "teacher_output_std", "center_norm"] {
      #expect(logged.allSatisfy { $0[name]?.isFinite == true }, "\(name)")
    }
    #expect(try #require(logged[0]["teacher_output_std"]) > 0.01)
    let plan = try PretrainingRun(config(runs)).plan.description
    for part in ["teacher momentum", "teacher temperature", "local crops of 8 beside 2 of 16"] {
      #expect(plan.contains(part), "\(plan)")
    }
  }

  @Test func thePublishedOptimizationIsTaken() throws {
    let runs = try TinyRuns()
    let asked = config(runs) { ($0.training.learningRate, $0.preset) = (nil, .paper) }
    let training = try PretrainingRun(asked).config.training
    #expect(abs(try #require(training.learningRate) - 5e-4 * 4 / 256) < 1e-12)
    #expect(training.weightDecay == 0.04 && training.weightDecayEnd == 0.4)
    #expect(training.clipping == .perTensor && training.clipNorm == 3)
    #expect(training.minimumLearningRate == 1e-6)
  }
}
