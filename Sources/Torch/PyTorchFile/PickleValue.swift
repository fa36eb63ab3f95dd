/// What a pickle of tensors can hold.
indirect enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case bytes([UInt8])
  /// With the depth of tuples within each other: 1 where it holds none. Tuples end one within the other, on the stack.
  case tuple([PickleValue], depth: Int)
  /// Lists and dictionaries are filled after they have been put on the stack, so they are shared.
  case list(PickleList)
  case dictionary(PickleDictionary)
  /// The name of a type or function, which is never called.
  case global(String)
  /// The bytes that tensors share.
  case storage(PickleStorage)
  case tensor(PickleTensor)
  /// An object of a type that is not known here, by the type's name. It is never made, and what it holds is passed over.
  case opaque(String)

  /// A list that grows.
  final class PickleList {
    var items: [PickleValue] = []
  }

  /// A dictionary in the order of its keys.
  final class PickleDictionary {
    var items: [(key: PickleValue, value: PickleValue)] = []
  }

  /// A member of the archive.
  struct PickleStorage {
    let type: DType
    let key: String
    let elementCount: Int
  }

  /// A view of a storage.
  struct PickleTensor {
    let storage: PickleStorage
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// The bytes of its elements alone, which are no more than the storage's.
    var byteCount: Int { shape.contains(0) ? 0 : shape.reduce(storage.type.byteCount, *) }
  }
}
