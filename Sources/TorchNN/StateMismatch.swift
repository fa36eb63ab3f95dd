public import SplitMaskCore
public import Torch

/// Why a state dictionary does not fit a module, tensor by tensor.
public struct StateMismatch: UserFacingError, Hashable, Sendable {
  /// A tensor whose shape is not the one the module has.
  public struct Misshapen: Hashable, Sendable {
    /// The tensor's key.
    public let key: String
    /// The shape in the state dictionary.
    public let found: [Int]
    /// The shape in the module.
    public let expected: [Int]
  }

  /// Keys that the module has and the state dictionary lacks.
  public let missing: [String]
  /// Keys that the module does not have.
  public let unexpected: [String]
  /// Tensors of another shape.
  public let misshapen: [Misshapen]

  /// Compares a saved state with the one it is to replace.
  ///
  /// - Throws: the differences, where there are any.
  public static func check(_ saved: [String: Tensor], against expected: [String: Tensor]) throws {
    let mismatch = StateMismatch(
      missing: expected.keys.filter { saved[$0] == nil }.sorted(),
      unexpected: saved.keys.filter { expected[$0] == nil }.sorted(),
      misshapen: expected.keys.sorted().compactMap { key in
        guard let found = saved[key]?.shape, let shape = expected[key]?.shape, found != shape else { return nil }
        return Misshapen(key: key, found: found, expected: shape)
      })
    guard mismatch.isEmpty else { throw mismatch }
  }

  var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// The differences, up to five of each kind.
  public var description: String {
    let shapes = misshapen.map { "\($0.key) is \($0.found), not \($0.expected)" }
    let parts = [("missing", missing), ("unexpected", unexpected), ("of another shape", shapes)]
    let lines = parts.compactMap { title, entries -> String? in
      guard !entries.isEmpty else { return nil }
      let shown = entries.prefix(5).joined(separator: ", ")
      return "  \(entries.count) \(title): \(shown)\(entries.count > 5 ? ", …" : "")"
    }
    return "the weights are of another architecture:\n" + lines.joined(separator: "\n")
  }
}
