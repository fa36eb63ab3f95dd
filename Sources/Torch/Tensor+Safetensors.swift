public import DurableFiles
public import Foundation
public import SplitMaskCore

extension DType {
  private static let safetensorsNames: [DType: String] = [
    .bool: "BOOL", .uint8: "U8", .int8: "I8", .int16: "I16", .int32: "I32", .int64: "I64", .float16: "F16",
    .bfloat16: "BF16", .float32: "F32", .float64: "F64",
  ]

  /// The type's name in a safetensors file.
  var safetensorsName: String { DType.safetensorsNames[self]! }

  init?(safetensorsName name: String) {
    guard let found = DType.safetensorsNames.first(where: { $0.value == name })?.key else { return nil }
    self = found
  }
}

/// A tensor whose element type this library does not compute with.
public struct UnsupportedElementType: UserFacingError, Hashable, Sendable {
  /// What the file calls the type.
  public let dtype: String
  /// The tensor's name.
  public let tensor: String
  /// The file.
  public let path: String

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// Which tensor of which file is of which type.
  public var description: String {
    "\(path): tensor '\(tensor)' is of type \(dtype), which is not supported; convert it to F32"
  }
}

extension SafetensorsFile {
  /// A copy of one tensor, on the CPU.
  ///
  /// - Throws: `SafetensorsError` when there is no such tensor; `UnsupportedElementType`.
  public func tensor(_ name: String) throws -> Tensor {
    let entry = try entry(name)
    guard let dtype = DType(safetensorsName: entry.dtype) else {
      throw UnsupportedElementType(dtype: entry.dtype, tensor: name, path: url.path)
    }
    return withExtendedLifetime(self) {
      Tensor(shape: entry.shape, dtype: dtype) { destination in destination.copyMemory(from: entry.bytes) }
    }
  }

  /// Copies of all tensors, on the CPU.
  public func tensors() throws -> [String: Tensor] {
    try Dictionary(uniqueKeysWithValues: names.map { ($0, try tensor($0)) })
  }
}

extension SafetensorsWriter {
  /// Writes tensors from any device, one at a time.
  ///
  /// - Throws: `FileError`; a file that was there before is then untouched.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to url: URL
  ) throws {
    let items = tensors.map { name, tensor in
      Item(name: name, dtype: tensor.dtype.safetensorsName, shape: tensor.shape) { sink in
        try tensor.detached().to(.cpu).contiguous().withBytes { try sink.write($0) }
      }
    }
    try write(items, metadata: metadata, to: url)
  }
}
