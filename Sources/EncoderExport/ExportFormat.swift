package import SplitMaskCore

/// Whose files are written.
package enum ExportFormat: String, Hashable, Sendable, CaseIterable {
  /// One file of standard operators, for onnxruntime and other engines.
  case onnx
  /// A folder that `transformers` loads.
  case huggingFace = "huggingface"
  /// A folder that timm loads.
  case timm

  /// The part of a network that the format's library has no counterpart of; nil where it computes the same.
  func missingPart(of network: ExportedNetwork) -> String? {
    switch self {
    case .onnx: nil
    case .huggingFace: HuggingFaceFamily.missingPart(of: network)
    case .timm: TimmFamily.missingPart(of: network)
    }
  }

  /// - Throws: ``ExportError/noCounterpart(_:part:instead:)``.
  func check(_ network: ExportedNetwork) throws {
    guard !network.config.rotaryPositions else { throw ExportError.rotaryPositions }
    guard let part = missingPart(of: network) else { return }
    throw ExportError.noCounterpart(
      self, part: part, instead: Self.allCases.filter { $0.missingPart(of: network) == nil })
  }
}

/// The type of the weights that are written.
package enum ExportPrecision: String, Hashable, Sendable, CaseIterable {
  /// As they were trained.
  case float32
  /// Half the size; what computes with them rounds to 11 bits.
  case float16
}

/// Why a network is not written.
package enum ExportError: UserFacingError, Hashable, Sendable {
  /// The file holds something else than an encoder or a classifier.
  case otherKind(path: String, kind: String, advice: String)
  /// The format's library has no network that computes the same.
  case noCounterpart(ExportFormat, part: String, instead: [ExportFormat])
  /// Positions are rotations, which no format is written with.
  case rotaryPositions
  /// A weight is beyond float16's largest value.
  case tooLargeForFloat16(tensor: String, value: Double)
  /// The weights are more than one file of the format holds.
  case tooManyBytes(Int)

  /// The data or a file is wrong.
  package var exitStatus: ExitStatus { .badData }

  /// What is wrong, where, and what to do.
  package var description: String {
    switch self {
    case .otherKind(let path, let kind, let advice):
      "\(path) is \(kind), and what is exported is an encoder or a classifier; \(advice)"
    case .noCounterpart(let format, let part, let instead):
      """
      --to \(format.rawValue): no network there has \(part); \
      \(instead.isEmpty ? "use encoder.safetensors" : "use " + instead.map { "--to \($0.rawValue)" }.joined(separator: " or "))
      """
    case .rotaryPositions:
      """
      an encoder whose positions are rotary, as DINOv3's, is not exported; every command here takes it by --from, and its \
      weights are in the file or run that it came from
      """
    case .tooLargeForFloat16(let tensor, let value):
      """
      '\(tensor)' has a value of \(HumanReadable.number(value)), and float16 ends at \
      \(HumanReadable.fixed(Float16Range.largest, 0)); use --precision float32
      """
    case .tooManyBytes(let count):
      """
      the weights take \(HumanReadable.byteCount(count)), and an ONNX file holds at most 2 GB; use --precision float16, or \
      --to timm
      """
    }
  }
}

/// What float16 holds.
enum Float16Range {
  /// The largest finite value.
  static let largest = 65504.0
}
