internal import CTorch
internal import CTorchKernels

/// The libtorch in use and its settings for this process.
public enum Engine {
  /// libtorch's version, such as "2.13.0".
  public static var version: String { String(cString: ct_version()) }

  /// Threads that one operator on the CPU may use.
  public static var threadCount: Int {
    get { Int(ct_thread_count()) }
    set { ct_set_thread_count(Int32(newValue)) }
  }

  /// Whether matrix products of float32 on the CPU are by oneDNN, as opposed to the BLAS that libtorch uses for them; false
  /// where there is no oneDNN. Both round as float32 does; oneDNN is the faster on AMD's processors, and no slower on others.
  public static var usesOneDNN: Bool {
    get { ctk_uses_onednn() }
    set { ctk_set_uses_onednn(newValue) }
  }

  /// Keeps freed memory with the process, which saves a CPU training step from faulting it in again.
  ///
  /// Call once at the start of the process, before the first tensor.
  public static func keepFreedMemory() { ct_keep_freed_memory() }
}
