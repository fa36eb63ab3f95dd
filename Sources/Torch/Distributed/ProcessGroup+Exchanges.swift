internal import CTorch

extension ProcessGroup {
  /// Replaces a tensor by its sum over all processes.
  public func sumInPlace(_ tensor: Tensor) {
    exchange { ct_processes_sum($0, tensor.handle) }
  }

  /// The mean over all processes, without a history.
  public func mean(_ tensor: Tensor) -> Tensor {
    guard !isAlone else { return tensor }
    return noGrad {
      let sum = tensor.detached().cloned()
      sumInPlace(sum)
      return sum / Double(size)
    }
  }

  /// Replaces tensors by those of the first process.
  public func broadcast(_ tensors: [Tensor]) {
    noGrad { for tensor in tensors { exchange { ct_processes_broadcast($0, tensor.handle) } } }
  }

  /// Whether any process says yes.
  public func any(_ yes: Bool) -> Bool {
    guard !isAlone else { return yes }
    let count = Tensor([Int64(yes ? 1 : 0)])
    sumInPlace(count)
    return count.item() > 0
  }

  /// The rows of all processes in their order, `[size · n, …]` of `[n, …]`, with a history: the gradient of a process's
  /// rows is the sum of what all processes have for them.
  public func gathered(_ rows: Tensor) -> Tensor {
    guard !isAlone else { return rows }
    var result: CTTensor?
    let succeeded = exchange { ct_processes_gather($0, rows.handle, &result) }
    return succeeded ? Tensor(owning: result!) : Tensor.concatenate([Tensor](repeating: rows, count: size))
  }

  /// The sum over all processes, with a history.
  public func summed(_ tensor: Tensor) -> Tensor {
    guard !isAlone else { return tensor }
    var result: CTTensor?
    let succeeded = exchange { ct_processes_differentiable_sum($0, tensor.handle, &result) }
    return succeeded ? Tensor(owning: result!) : tensor
  }

  /// The rows of all processes in their order, of which each may have differently many; without a history.
  public func gatheredUnevenly(_ rows: Tensor) -> Tensor {
    guard !isAlone else { return rows }
    return noGrad {
      let counts = gathered(Tensor([Int64(rows.shape[0])])).array(of: Int.self)
      let longest = counts.max()!
      let missing = longest - rows.shape[0]
      let padding = Tensor.zeros([missing] + rows.shape.dropFirst(), dtype: rows.dtype, device: rows.device)
      let all = gathered(Tensor.concatenate([rows, padding]))
      return Tensor.concatenate(
        counts.enumerated().map { all.narrowed(0, start: $0 * longest, count: min($1, all.shape[0] - $0 * longest)) })
    }
  }

  /// Everybody's bytes, in the order of the processes.
  ///
  /// - Throws: ``ProcessGroupError``.
  public func gathered(_ bytes: [UInt8]) throws -> [[UInt8]] {
    guard !isAlone else { return [bytes] }
    let counts = noGrad { gathered(Tensor([Int64(bytes.count)])).array(of: Int.self) }
    let all = gatheredUnevenly(Tensor(bytes)).array(of: UInt8.self)
    try check()
    var start = 0
    return counts.map { count in
      defer { start += count }
      return Array(all[start..<start + count])
    }
  }

  /// The first process's bytes; what the others hand in is not looked at.
  ///
  /// - Throws: ``ProcessGroupError``.
  public func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
    guard !isAlone else { return bytes }
    let count = Tensor([Int64(bytes.count)])
    broadcast([count])
    try check()
    let content = isFirst ? Tensor(bytes) : Tensor.zeros([Int(count.item())], dtype: .uint8)
    broadcast([content])
    try check()
    return content.array(of: UInt8.self)
  }

  /// From now on ``backward(_:reducing:)`` leaves the mean over all processes in the gradients of these parameters.
  public func reduceGradients(of parameters: [Tensor]) {
    let handles = parameters.map { Optional($0.handle) }
    exchange { ct_processes_reduce_gradients($0, handles, Int64(handles.count)) }
  }

  /// Adds the gradient of a scalar to every leaf it depends on.
  ///
  /// - Parameters:
  ///   - loss: the scalar.
  ///   - reducing: whether gradients become their means over all processes, which are on their way while the backward
  ///     pass goes on; of batches that are accumulated, the last one's.
  public func backward(_ loss: Tensor, reducing: Bool = true) {
    guard !isAlone else { return loss.backward() }
    exchange { ct_processes_backward($0, loss.handle, reducing) }
  }
}
