/// The version of program and library.
public enum Version {
  /// As semantic versioning has it.
  public static let current = "0.1.0"
}
