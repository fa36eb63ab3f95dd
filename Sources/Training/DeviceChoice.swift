import SplitMaskCore
public import Torch

/// Where to compute.
public enum DeviceChoice: String, Codable, Hashable, Sendable, CaseIterable {
  /// CUDA where there is one, else an Apple GPU, else the CPU.
  case auto
  case cpu
  case cuda
  case mps

  /// The device of this one of several processes.
  ///
  /// - Throws: `InvalidSetting` when it is not there.
  public func resolve(for processes: ProcessGroup = .alone) throws -> Device {
    switch self {
    case .auto: return Device.best.kind == .cuda ? try DeviceChoice.cuda.resolve(for: processes) : .best
    case .cpu: return .cpu
    case .cuda:
      guard Device.cudaCount > 0 else {
        throw InvalidSetting(
          "device",
          """
          there is no CUDA device: either the machine has none, or the libtorch in use (\(Engine.version)) is a \
          CPU-only one. Build with LIBTORCH naming a CUDA libtorch, or use --device cpu
          """)
      }
      guard processes.localSize <= Device.cudaCount else {
        throw InvalidSetting(
          "device",
          """
          \(processes.localSize) processes on this machine cannot each have one of its \(Device.cudaCount) GPUs; start \
          \(Device.cudaCount), or use --device cpu
          """)
      }
      return Device(.cuda, index: processes.localRank)
    case .mps:
      guard Device.isMPSAvailable else {
        throw InvalidSetting("device", "there is no Apple GPU that libtorch can use; use --device cpu")
      }
      return .mps
    }
  }
}
