import Foundation
import Runs
import Torch

/// How this machine's processors would share out a run, and how busy they are with others.
enum MachineLoad {
  /// How a run on the CPU shares out its batches.
  static var sharing: String {
    let threads = Engine.threadCount
    let replicas = PretrainConfig.replicas(ofBatch: 64, on: .cpu)
    guard replicas > 1 else {
      return "each batch is computed at once, with \(threads) thread\(threads == 1 ? "" : "s")"
    }
    let each = max(1, threads / replicas)
    return "a batch of 64 is shared out among \(replicas) replicas of \(each) thread\(each == 1 ? "" : "s") "
      + "(--set training.replicas=1 computes it at once)"
  }

  /// How many processors are busy, and what that means.
  static var now: String {
    var averages = [0.0]
    guard getloadavg(&averages, 1) == 1 else { return "not known" }
    return describe(averages[0], processors: ProcessInfo.processInfo.activeProcessorCount)
  }

  /// - Parameter average: of processes that ran or waited for a processor in the last minute.
  static func describe(_ average: Double, processors: Int) -> String {
    let text = String(format: "%.1f of %d processors in the last minute", average, processors)
    guard average >= 0.5 else { return text }
    return text + ": other programs keep them busy, and a run beside them is slower than its plan says"
  }
}
