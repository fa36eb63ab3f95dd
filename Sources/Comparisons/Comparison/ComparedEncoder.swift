package import Evaluation
import SplitMaskCore

/// An encoder that somebody else has trained, as a row of a comparison or of a recipe's table.
public struct ComparedEncoder: Codable, Hashable, Sendable {
  /// What its row is called.
  public var name: String
  /// The run, file or folder that it is in.
  public var path: String
  /// What that held when the comparison began (`ContentDigest`).
  public var digest: String?

  /// An encoder under a name.
  public init(name: String, path: String) { (self.name, self.path) = (name, path) }

  /// Reads `name=file`.
  ///
  /// - Throws: `InvalidSetting` where there is no name.
  public init(argument: String) throws {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw InvalidSetting("encoders", "'\(argument)' has no name; say NAME=FILE, such as dinov2=\(argument)")
    }
    self.init(name: parts[0], path: parts[1])
  }

  /// What its row is called where it goes on learning on the training images.
  public var continuedName: String { name + ", continued" }

  /// The start of the names of its files: another content is another encoder.
  package var fileName: String { name + (digest.map { "-" + $0.prefix(8) } ?? "") }

  /// Where its weights are.
  ///
  /// - Throws: `InvalidSetting`; what looking for the file throws.
  package var source: EncoderSource { get throws { try EncoderSource(named: path) } }

  /// Notes what its file holds.
  ///
  /// - Throws: what reading the file throws.
  package mutating func settle() throws { digest = try source.digest }
}
