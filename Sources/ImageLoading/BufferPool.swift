import Foundation
import Synchronization

/// Blocks of memory of one size that are handed out, come back, and are handed out again.
///
/// A training step's batch is tens of megabytes; mapping and clearing that much anew for each batch would cost more
/// than decoding into it.
final class BufferPool: Sendable {
  /// Each block's size in bytes.
  let byteCount: Int

  /// The pool owns the blocks that lie in it, so that handing their addresses to another thread is safe.
  private struct Block: @unchecked Sendable {
    let memory: UnsafeMutableRawPointer
  }
  private let spare = Mutex<[Block]>([])

  init(byteCount: Int) {
    self.byteCount = byteCount
  }

  deinit {
    spare.withLock { blocks in
      for block in blocks { free(block.memory) }
    }
  }

  /// A block with any content, aligned to 64 bytes.
  func take() -> UnsafeMutableRawBufferPointer {
    if let block = spare.withLock({ $0.popLast() }) {
      return UnsafeMutableRawBufferPointer(start: block.memory, count: byteCount)
    }
    var memory: UnsafeMutableRawPointer?
    let status = posix_memalign(&memory, 64, max(byteCount, 64))
    precondition(status == 0, "no memory for a batch of \(byteCount) bytes; use a smaller batch or less prefetch")
    return UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
  }

  func giveBack(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let memory = buffer.baseAddress else { return }
    let block = Block(memory: memory)
    spare.withLock { $0.append(block) }
  }
}

/// A buffer of a pool, which gets it back when the last reference to it is gone.
///
/// `@unchecked` because of the raw memory: workers have finished writing to it before a consumer sees it.
final class PooledBuffer: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer
  private let pool: BufferPool

  init(_ bytes: UnsafeMutableRawBufferPointer, of pool: BufferPool) {
    self.bytes = bytes
    self.pool = pool
  }

  deinit {
    pool.giveBack(bytes)
  }
}
