import Foundation
public import SplitMaskCore

/// Why a safetensors file cannot be read or written.
public struct SafetensorsError: UserFacingError, Hashable, Sendable {
  /// The kinds of faults.
  public enum Problem: Hashable, Sendable {
    /// The file ends before `expected` bytes.
    case truncated(expected: Int, actual: Int)
    /// The file is of some other format, named where we recognise it.
    case foreign(looksLike: String?)
    /// The header claims to be longer than the format allows.
    case oversizedHeader(UInt64)
    /// The header is not the JSON that the format prescribes.
    case badHeader(String)
    /// A tensor's type is not one of the format's.
    case unknownType(String)
    /// A tensor's byte range does not hold its shape.
    case sizeMismatch(shape: [Int], type: String, bytes: Int)
    /// A tensor's byte range overlaps the one before it, or leaves a hole.
    case misplaced(start: Int, expected: Int)
    /// Bytes after the last tensor.
    case trailingBytes(Int)
    /// The bytes do not add up to the checksum that was written with them.
    case wrongChecksum
    /// No tensor of that name; the nearest there is.
    case missing(nearest: String?)
    /// Two tensors of one name, or a name the format keeps for itself.
    case unusableName
  }

  /// The file.
  public let path: String
  /// The tensor at fault, if it is one tensor's.
  public let tensor: String?
  /// The fault.
  public let problem: Problem

  init(_ url: URL, _ problem: Problem, tensor: String? = nil) {
    path = url.path
    self.tensor = tensor
    self.problem = problem
  }

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// The file, the tensor, and what is wrong.
  public var description: String {
    let place = tensor.map { "\(path): tensor '\($0)'" } ?? path
    return "\(place): \(explanation)"
  }

  private var explanation: String {
    switch problem {
    case .truncated(let expected, let actual):
      "the file is cut short: it has \(actual) bytes of at least \(expected). Copy or download it again"
    case .foreign(let looksLike):
      "not a safetensors file" + (looksLike.map { "; it looks like \($0)" } ?? "")
    case .oversizedHeader(let length):
      "its header claims \(length) bytes, more than the format's limit of \(SafetensorsFormat.headerLimit); "
        + "the file is damaged or of another format"
    case .badHeader(let reason): "its header is damaged: \(reason)"
    case .unknownType(let type): "unknown element type '\(type)'"
    case .sizeMismatch(let shape, let type, let bytes): "\(bytes) bytes do not hold shape \(shape) of \(type)"
    case .misplaced(let start, let expected):
      start < expected
        ? "it begins at byte \(start), inside the tensor before it, which ends at \(expected)"
        : "it begins at byte \(start) and leaves a hole after byte \(expected)"
    case .trailingBytes(let count): "\(count) bytes follow the last tensor; the file is damaged"
    case .wrongChecksum:
      """
      its bytes do not add up to its checksum: it is damaged. Copy it again, or make it again. (If another program changed \
      it on purpose, have that leave '\(SafetensorsChecksum.key)' out of the metadata.)
      """
    case .missing(let nearest): "no such tensor" + (nearest.map { "; the nearest is '\($0)'" } ?? "")
    case .unusableName: "the name is used twice or is reserved"
    }
  }
}
