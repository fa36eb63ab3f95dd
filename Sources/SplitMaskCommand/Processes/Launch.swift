import Foundation
import SplitMaskCore
import Torch
import Training

/// This process's place among those that a launcher has started with it.
enum Launch {
  private static let environment = LaunchEnvironment(ProcessInfo.processInfo.environment)

  /// Meets the other processes, if there are any. From now on only the first prints.
  ///
  /// - Throws: `InvalidSetting` about the launcher's variables, `ProcessGroupError`.
  static func join() throws -> ProcessGroup {
    guard let meeting = try environment.rendezvous(), meeting.size > 1 else { return .alone }
    if meeting.rank > 0 { Terminal.beQuiet(as: "process \(meeting.rank)") }
    ProcessGroup.onUnnoticedLoss.withLock {
      $0 = { error in
        Terminal.complain("\(error)")
        // Not exit(): the thread that trains is still at work.
        _exit(ExitStatus.peerLost.rawValue)
      }
    }
    return try ProcessGroup(meeting, usesNCCL: try usesNCCL(meeting))
  }

  /// Whether torchrun has started this process again, so that it goes on where an earlier one was.
  static var isRestart: Bool { ((try? environment.rendezvous())??.attempt ?? 0) > 0 }

  /// Whether this is the only process, or the first of several.
  static var isFirst: Bool { ((try? environment.rendezvous())??.rank ?? 0) == 0 }

  /// Says of a command that it runs in one process.
  ///
  /// - Throws: `InvalidSetting` where a launcher has started several.
  static func requireAlone(_ command: String, instead: String) throws {
    guard let meeting = try environment.rendezvous(), meeting.size > 1 else { return }
    throw InvalidSetting("WORLD_SIZE", "\(command) runs in one process, and \(meeting.size) were started; \(instead)")
  }

  private static func usesNCCL(_ meeting: Rendezvous) throws -> Bool {
    switch try environment.backend() {
    case .gloo: return false
    case .nccl:
      guard Device.cudaCount > 0 else {
        throw InvalidSetting("SPLITMASK_BACKEND", "nccl is for GPUs, and there is no CUDA device; use gloo or auto")
      }
      guard ProcessGroup.hasNCCL else {
        throw InvalidSetting(
          "SPLITMASK_BACKEND", "this program was built without NCCL (see docs/scaling.md); use gloo or auto")
      }
      return true
    case .auto: return ProcessGroup.hasNCCL && Device.cudaCount >= meeting.localSize
    }
  }
}
