internal import CTorch

/// Where a tensor lives and its operators run.
public struct Device: Sendable, Hashable, CustomStringConvertible {
  /// The kinds of device that are supported.
  public enum Kind: Int32, Sendable, Hashable {
    // The raw values are libtorch's c10::DeviceType.
    case cpu = 0
    case cuda = 1
    case mps = 13
  }

  /// The kind of device.
  public let kind: Kind
  /// Which of several; -1 is the current one.
  public let index: Int

  /// A device of a kind.
  public init(_ kind: Kind, index: Int = -1) {
    self.kind = kind
    self.index = index
  }

  /// The processor.
  public static let cpu = Device(.cpu)
  /// The current NVIDIA (or ROCm) GPU.
  public static let cuda = Device(.cuda)
  /// The GPU of an Apple computer.
  public static let mps = Device(.mps)

  /// The best device there is: CUDA, else MPS, else the CPU.
  public static var best: Device {
    if cudaCount > 0 { return Device(.cuda, index: 0) }
    return isMPSAvailable ? .mps : .cpu
  }

  /// How many CUDA devices the libtorch in use can see; 0 for a CPU-only libtorch.
  public static var cudaCount: Int { Int(ct_cuda_device_count()) }

  /// Whether the libtorch in use can reach an Apple GPU.
  public static var isMPSAvailable: Bool { ct_mps_available() }

  /// Waits until the device has done everything it was given. Only for timing and before reading the clock.
  public func synchronize() {
    check(ct_synchronize(kind.rawValue, Int32(index)), "synchronize")
  }

  /// The most bytes of a GPU that tensors have held at once since the process began; 0 for the CPU.
  public var peakMemory: Int {
    var bytes: Int64 = 0
    check(ct_device_peak_memory(kind.rawValue, Int32(index), &bytes), "peakMemory")
    return Int(bytes)
  }

  /// The bytes of a CUDA device's memory that no process holds; nil for other devices, and where libtorch does not tell.
  public var freeMemory: Int? {
    var bytes: Int64 = 0
    check(ct_device_free_memory(kind.rawValue, Int32(index), &bytes), "freeMemory")
    return bytes > 0 ? Int(bytes) : nil
  }

  /// The name that libtorch uses, such as "cuda:1".
  public var description: String {
    let name =
      switch kind {
      case .cpu: "cpu"
      case .cuda: "cuda"
      case .mps: "mps"
      }
    return index > 0 ? "\(name):\(index)" : name
  }
}
