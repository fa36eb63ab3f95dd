internal import CTorch

/// Runs `body` with matrix products in a lower precision on a device, as libtorch's autocast lists them.
///
/// Parameters stay in float32; normalisations, softmax and losses are computed in float32.
public func autocast<Result>(_ dtype: DType?, on device: Device, _ body: () throws -> Result) rethrows -> Result {
  guard let dtype else { return try body() }
  let kind = device.kind.rawValue
  let before = (enabled: ct_autocast_enabled(kind), dtype: ct_autocast_dtype(kind))
  check(ct_set_autocast(kind, true, dtype.rawValue), "autocast")
  defer {
    check(ct_set_autocast(kind, before.enabled, before.dtype), "autocast")
    if !before.enabled { ct_clear_autocast_cache() }
  }
  return try body()
}
