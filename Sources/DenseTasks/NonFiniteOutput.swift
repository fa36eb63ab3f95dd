public import SplitMaskCore

/// A network gives values for an image that are infinite or not numbers, so there is nothing to say of it.
public struct NonFiniteOutput: UserFacingError, Hashable, Sendable {
  /// What the network is.
  public let network: String
  /// The image.
  public let image: String

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// What is wrong, where, and what to do.
  public var description: String {
    """
    the \(network) gives infinite values or NaN for \(image); its weights are damaged or its training diverged. Use an \
    earlier checkpoint, or float32 precision
    """
  }
}
