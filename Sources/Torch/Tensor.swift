internal import CTorch

/// An n-dimensional array on a device, with the history that a backward pass needs.
///
/// A tensor is a reference: operators that end in `InPlace` change what every holder sees. It is not `Sendable`; the
/// thread that trains owns all of them.
public final class Tensor {
  let handle: CTTensor

  /// Takes over one reference.
  init(owning handle: CTTensor) {
    self.handle = handle
  }

  deinit {
    ct_tensor_release(handle)
  }

  /// The size of every dimension.
  public var shape: [Int] {
    let rank = Int(ct_tensor_rank(handle))
    return withUnsafeTemporaryAllocation(of: Int64.self, capacity: rank) { sizes in
      ct_tensor_sizes(handle, sizes.baseAddress)
      return sizes.map(Int.init)
    }
  }

  /// The number of dimensions.
  public var rank: Int { Int(ct_tensor_rank(handle)) }

  /// The number of elements.
  public var elementCount: Int { Int(ct_tensor_element_count(handle)) }

  /// The type of the elements.
  public var dtype: DType {
    guard let dtype = DType(rawValue: ct_tensor_dtype(handle)) else {
      fatalError("a tensor has libtorch's element type \(ct_tensor_dtype(handle)), which is not supported")
    }
    return dtype
  }

  /// Where the tensor lives.
  public var device: Device {
    var kind: Int32 = 0
    var index: Int32 = 0
    ct_tensor_device(handle, &kind, &index)
    guard let known = Device.Kind(rawValue: kind) else { fatalError("unsupported device type \(kind)") }
    return Device(known, index: Int(index))
  }

  /// Whether the elements lie one after another in row-major order.
  public var isContiguous: Bool { ct_tensor_is_contiguous(handle) }

  /// The address of the first element. The tensor must outlive its use.
  var dataPointer: UnsafeMutableRawPointer? { ct_tensor_data(handle) }
}

extension Tensor: CustomStringConvertible {
  /// Shape, element type and device, without the values.
  public var description: String {
    "Tensor(\(shape), \(dtype), \(device))"
  }
}
