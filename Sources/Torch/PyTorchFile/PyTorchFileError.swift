public import SplitMaskCore

/// Why a PyTorch checkpoint cannot be read.
public struct PyTorchFileError: UserFacingError, Hashable, Sendable {
  /// The kinds of faults.
  public enum Problem: Hashable, Sendable {
    /// The file is no archive as `torch.save` has written them since PyTorch 1.6.
    case notAnArchive(String)
    /// The archive is cut short or contradicts itself.
    case damaged(String)
    /// There is no tensor in it but an object of another type, such as a whole model; it is not made.
    case foreignObject(String)
    /// There is no tensor in it.
    case noTensors
  }

  /// The file.
  public let path: String
  /// The fault.
  public let problem: Problem

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// What is wrong, where, and what to do.
  public var description: String {
    switch problem {
    case .notAnArchive(let reason):
      """
      \(path) is no PyTorch checkpoint that can be read: \(reason). Files from before PyTorch 1.6 must be saved again \
      with a newer one
      """
    case .damaged(let reason): "\(path) is damaged: \(reason). Copy or download it again"
    case .foreignObject(let name):
      """
      \(path) holds an object of type \(name) and no tensor outside of it. Only tensors and plain values are read, since a \
      pickle can run any code. Load it in Python where you trust it, and save its state_dict() alone
      """
    case .noTensors: "\(path) holds no tensor"
    }
  }
}
