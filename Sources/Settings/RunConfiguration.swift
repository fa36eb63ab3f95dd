package import Foundation

/// Settings that decide a run and are kept in its folder.
public protocol RunConfiguration: Codable, Sendable {
  /// Defaults, to read a file over.
  init()
  /// Settings that change nothing about the result, and so may change when a run is resumed.
  static var keysChangeableOnResume: Set<String> { get }
  /// Gives settings that the file of an earlier version lacks the values that runs of that version had.
  mutating func completeAsEarlierVersions()
}

extension RunConfiguration {
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
