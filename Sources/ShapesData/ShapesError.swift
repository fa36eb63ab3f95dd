public import SplitMaskCore

/// Why the embedded data set was not written.
public enum ShapesError: UserFacingError, Hashable, Sendable {
  /// A parameter is out of range.
  case invalid(String)
  /// The folder holds something else, such as the entry named.
  case foreignFolder(path: String, entry: String)
  /// The folder holds an embedded data set, finished or not, of other parameters: `differences` name them.
  case otherDataset(path: String, differences: [String])
  /// The file system refused.
  case cannotWrite(path: String, reason: String)

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// What happened, where, and what to do.
  public var description: String {
    switch self {
    case .invalid(let problem): "shapes data set: \(problem)"
    case .foreignFolder(let path, let entry):
      "\(path) is not empty (it holds \(entry)) and is no shapes data set; name a new or an empty folder"
    case .otherDataset(let path, let differences):
      "\(path) holds a shapes data set of other parameters (\(differences.joined(separator: ", "))); "
        + "name another folder, or delete this one"
    case .cannotWrite(let path, let reason):
      "cannot write \(path): \(reason) Free space, check the permissions or name another folder, and repeat the command"
    }
  }
}
