import Foundation
import Torch

/// What a run of the benchmark found.
struct Report: Encodable {
  var matmulGflops: Double
  var imagesPerSecond = 0.0
  var seconds: [Double] = []
  var peakRssMib = 0.0
  var peakDeviceMib = 0.0
  var stageShares: [String: Double] = [:]
  var userSecondsPerStep = 0.0
  var systemSecondsPerStep = 0.0
  var pageFaultsPerStep = 0.0

  init(matmulGflops: Double) {
    self.matmulGflops = matmulGflops
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
    peakRssMib = ResourceUsage.now.peakMebibytes
    peakDeviceMib = Double(device.peakMemory) / 1_048_576
  }
}

// Glibc and Darwin import the same constant as different types.
#if canImport(Glibc)
  private let resourceUsageOfThisProcess = __rusage_who_t(RUSAGE_SELF.rawValue)
#else
  private let resourceUsageOfThisProcess = RUSAGE_SELF
#endif

/// What the process has used so far.
struct ResourceUsage {
  let user: Double
  let system: Double
  let faults: Double
  let peakMebibytes: Double

  static var now: ResourceUsage {
    var usage = rusage()
    getrusage(resourceUsageOfThisProcess, &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return ResourceUsage(
      user: seconds(usage.ru_utime), system: seconds(usage.ru_stime), faults: Double(usage.ru_minflt),
      peakMebibytes: Double(usage.ru_maxrss) / 1024)
  }
}

/// How fast the machine multiplies matrices.
enum MatrixRate {
  /// Gflop/s of a product of two square matrices, the best of several.
  static func measure(size: Int, dtype: DType, on device: Device, rounds: Int = 5) -> Double {
    let a = Tensor.full([size, size], 0.5, dtype: dtype, device: device)
    let b = Tensor.full([size, size], 0.25, dtype: dtype, device: device)
    device.synchronize()
    let best = (0..<rounds).map { _ in
      let start = ContinuousClock.now
      _ = a.linear(b)
      device.synchronize()
      return (ContinuousClock.now - start) / .seconds(1)
    }.min()!
    return 2 * Double(size) * Double(size) * Double(size) / best / 1e9
  }
}
