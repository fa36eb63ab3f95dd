/// Why a PyTorch checkpoint cannot be read.
public struct PyTorchFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of faults.
  public enum Problem: Hashable, Sendable {
    /// The file is no archive as `torch.save` has written them since PyTorch 1.6.
    case notAnArchive(String)
    /// The archive is cut short or contradicts itself.
    case damaged(String)
    /// The pickle wants something that is no tensor and no plain value; it is not run.
    case foreignObject(String)
    /// There is no tensor in it.
    case noTensors
  }

  /// The file.
  public let path: String
  /// The fault.
  public let problem: Problem

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
      \(path) holds an object of type \(name), and only tensors and plain values are read: a pickle can run any code. \
      Load it in Python where you trust it, and save the state dictionary alone
      """
    case .noTensors: "\(path) holds no tensor"
    }
  }
}
