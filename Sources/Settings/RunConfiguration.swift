package import Foundation

/// Settings that decide a run and are kept in its folder.
public protocol RunConfiguration: Codable, Sendable {
  /// Defaults, to read a file over.
  init()
  /// Settings that change nothing about the result, and so may change when a run is resumed.
  static var keysChangeableOnResume: Set<String> { get }
  /// Groups of settings that have no effect here, such as another method's; they are left out of the run folder.
  var unusedGroups: Set<String> { get }
  /// What a person may ask of settings in the run folder, by their keys.
  static var remarks: [String: String] { get }
  /// Settings that earlier versions called otherwise: those names and today's, as key paths. Both are read.
  static var earlierNames: [String: String] { get }
  /// Gives settings that the file of an earlier version lacks the values that runs of that version had.
  mutating func completeAsEarlierVersions()
}

extension RunConfiguration {
  /// None.
  public var unusedGroups: Set<String> { [] }

  /// None.
  public static var remarks: [String: String] { [:] }

  /// None.
  public static var earlierNames: [String: String] { [:] }

  /// The settings as YAML, each that has an effect, with remarks.
  ///
  /// - Parameter header: lines of comment above them.
  package func yaml(header: [String]) throws -> String {
    try ConfigurationTree(encoding: self).without(unusedGroups).yaml(header: header, remarks: Self.remarks)
  }

  /// Nothing to complete.
  public mutating func completeAsEarlierVersions() {}
}

extension RunConfiguration {
  /// Settings as they were saved.
  ///
  /// - Throws: as ``ConfigurationOverlay``.
  package init(savedAt file: URL) throws {
    self = try ConfigurationOverlay.applying(file: file, to: Self())
    completeAsEarlierVersions()
  }
}
