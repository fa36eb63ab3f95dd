public import SplitMaskCore
public import TorchNN

/// Why a file does not give an encoder.
public struct EncoderFileError: UserFacingError, Hashable, Sendable {
  /// The kinds of faults.
  public enum Problem: Hashable, Sendable {
    /// A tensor that every vision transformer has is missing, or has a shape that none has.
    case notAVisionTransformer(tensor: String, shape: [Int]?)
    /// The shapes of the tensors leave the shape of the network open, or contradict the file's own strings.
    case unclearShape(String)
    /// Tensors that the network lacks, or that the file lacks.
    case mismatch(StateMismatch)
    /// The file is of a later format than this program writes.
    case newerFormat(String)
    /// A tensor holds NaN or an infinity.
    case notFinite(tensor: String)
    /// One of the file's own strings cannot be understood.
    case badMetadata(key: String, value: String)
  }

  /// The file.
  public let path: String
  /// The fault.
  public let problem: Problem
  /// The types of the objects in a PyTorch file that were passed over with what they hold.
  package let passedOver: [String]

  package init(path: String, problem: Problem, passedOver: [String] = []) {
    self.path = path
    self.problem = problem
    self.passedOver = passedOver
  }

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// What is wrong, where, and what to do.
  public var description: String {
    switch problem {
    case .notAVisionTransformer, .mismatch: fault + passedOverObjects
    default: fault
    }
  }

  private var passedOverObjects: String {
    passedOver.isEmpty
      ? ""
      : ". It holds objects of type \(passedOver.joined(separator: ", ")), which are passed over: if the weights are in them, "
        + "save the model's state_dict() in Python"
  }

  private var fault: String {
    switch problem {
    case .notAVisionTransformer(let tensor, let shape):
      """
      \(path) is no vision transformer with timm's names: \
      \(shape.map { "'\(tensor)' has shape \($0)" } ?? "it has no '\(tensor)'"). \(advice)
      """
    case .unclearShape(let reason): "\(path): \(reason)"
    case .mismatch(let mismatch): "\(path): \(mismatch)"
    case .newerFormat(let version):
      "\(path) is of format \(version), later than \(EncoderFile.formatVersion); use a newer splitmask"
    case .notFinite(let tensor):
      """
      \(path): '\(tensor)' holds NaN or an infinity: the weights are damaged, or their training diverged. Take an earlier \
      checkpoint, or make the file again
      """
    case .badMetadata(let key, let value): "\(path): its metadata has \(key) = \(value), which cannot be understood"
    }
  }

  private var advice: String {
    // Hugging Face's names of the parts of a checkpoint that was split.
    path.contains(/-\d{5}-of-\d{5}\.[a-z]+$/)
      ? "It is one part of several: join them into one file first" : "Convert it to timm's names first"
  }
}
