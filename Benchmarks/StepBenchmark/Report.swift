import Foundation
import Torch
import Training

/// What a run of the benchmark found.
struct Report: Encodable {
  var matmulGflops: Double
  var stepGflop: Double
  var imagesPerSecond = 0.0
  var seconds: [Double] = []
  var peakRssMib = 0.0
  var peakDeviceMib = 0.0
  var stageShares: [String: Double] = [:]
  var userSecondsPerStep = 0.0
  var systemSecondsPerStep = 0.0
  var pageFaultsPerStep = 0.0

  /// - Parameter stepGflop: what a step multiplies and adds.
  init(matmulGflops: Double, stepGflop: Double) {
    self.matmulGflops = matmulGflops
    self.stepGflop = stepGflop
  }

  mutating func add(seconds: Double, stages: [String: Double], before: ResourceUsage, after: ResourceUsage) {
    self.seconds.append(seconds)
    for (stage, time) in stages { stageShares[stage, default: 0] += time }
    userSecondsPerStep += after.user - before.user
    systemSecondsPerStep += after.system - before.system
    pageFaultsPerStep += after.faults - before.faults
  }

  mutating func finish(batch: Int, device: Device) {
    let count = Double(seconds.count)
    let total = seconds.reduce(0, +)
    imagesPerSecond = Double(batch) / seconds.sorted()[seconds.count / 2]
    stageShares = stageShares.mapValues { $0 / total }
    userSecondsPerStep /= count
    systemSecondsPerStep /= count
    pageFaultsPerStep /= count
    peakRssMib = Double(ResourceUsage.now.peakBytes) / 1_048_576
    peakDeviceMib = Double(device.peakMemory) / 1_048_576
  }
}
