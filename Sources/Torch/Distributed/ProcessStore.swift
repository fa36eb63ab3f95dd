internal import CTorch

/// Numbers under keys that all processes of a group see, kept by one of them: c10d's TCPStore.
///
/// For one thread at a time; another one takes a ``copy()``.
final class ProcessStore: @unchecked Sendable {
  /// The store does not answer: whoever keeps it is gone.
  struct Gone: Error {}

  let handle: CTStore

  init(owning handle: CTStore) {
    self.handle = handle
  }

  deinit {
    ct_store_release(handle)
  }

  /// Another connection to the same store.
  func copy() throws -> ProcessStore {
    var result: CTStore?
    guard ct_store_clone(handle, &result) == CT_OK, let result else { throw Gone() }
    return ProcessStore(owning: result)
  }

  /// Adds to the number under a key, which is 0 at first.
  @discardableResult
  func add(_ amount: Int, to key: String) throws -> Int {
    var sum: Int64 = 0
    guard ct_store_add(handle, key, Int64(amount), &sum) == CT_OK else { throw Gone() }
    return Int(sum)
  }

  /// The number under a key.
  func number(of key: String) throws -> Int { try add(0, to: key) }
}
