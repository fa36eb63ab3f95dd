public import ArgumentParser
import Foundation
import SelfSupervision
import Torch
import TorchNN
import TorchOptim
import Training
public import VisionModels

/// What is timed.
enum BenchmarkTask: String, ExpressibleByArgument, CaseIterable {
  case pretrain, finetune, embed
}

/// What is done again and again.
protocol Work {
  /// What a batch multiplies and adds for each image.
  var multiplyAddsPerImage: Double { get }
  /// One batch; seconds of its stages.
  mutating func step(_ index: Int) -> [String: Double]
}

/// Times a step on a fixed random batch, from bytes to changed weights; the counterpart of
/// Benchmarks/pytorch/splitmask_step.py and classifier_step.py. Prints one JSON object.
@main
struct StepBenchmark: ParsableCommand {
  @Option var task = BenchmarkTask.pretrain
  @Option var model = VisionTransformer.Architecture.small
  @Option var imageSize = 224
  @Option var patchSize = 16
  @Option var batch = 32
  @Option var vocabulary = 8192
  @Option var threads = 2
  @Option var warmup = 2
  @Option var steps = 10
  @Flag var bfloat16 = false
  @Flag(help: "Compute on the GPU.") var cuda = false
  @Flag(help: "Use the system's memory settings instead of ours.") var systemMemory = false

  var device: Device { cuda ? .cuda : .cpu }
  var precision: DType? { bfloat16 ? .bfloat16 : nil }

  func run() throws {
    if !systemMemory { Engine.keepFreedMemory() }
    Engine.threadCount = threads
    let rate = MatrixRate.measure(
      size: MatrixRate.size(on: device), dtype: bfloat16 ? .bfloat16 : .float32, on: device)
    var work: any Work = task == .pretrain ? try StepWork(self) : try ClassifierWork(self)
    var report = Report(
      matmulGflops: rate, stepGflop: 2 * Double(batch) * work.multiplyAddsPerImage / 1e9)
    for index in 0..<(warmup + steps) {
      let before = ResourceUsage.now
      let start = ContinuousClock.now
      let stages = work.step(index)
      // The clock must see the device's work done.
      device.synchronize()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      guard index >= warmup else { continue }
      report.add(seconds: seconds, stages: stages, before: before, after: ResourceUsage.now)
    }
    report.finish(batch: batch, device: device)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    print(String(decoding: try encoder.encode(report), as: UTF8.self))
  }
}

extension VisionTransformer.Architecture: ExpressibleByArgument {}
