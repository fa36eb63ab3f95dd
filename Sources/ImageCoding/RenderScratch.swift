import CImageCodecs

/// Memory of the decoder and the resampler, which grows to the largest image seen and is then used again.
///
/// Each worker thread has its own; never used by two at once.
public final class RenderScratch {
  package let handle: OpaquePointer

  /// Empty scratch memory.
  public init() {
    guard let handle = cic_scratch_create() else { preconditionFailure("no memory for the decoder's state") }
    self.handle = handle
  }

  deinit {
    cic_scratch_destroy(handle)
  }
}
