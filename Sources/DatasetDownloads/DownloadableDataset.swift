import SplitMaskCore

/// A public data set: where its files are, and what one should know before using it.
public struct DownloadableDataset: Hashable, Sendable {
  /// The name to ask for it by: lower case, words joined by hyphens.
  public let name: String
  /// What it is, in a line.
  public let summary: String
  /// Under which terms its makers give it.
  public let terms: String
  /// Its files; empty where it cannot be downloaded freely.
  public let files: [RemoteFile]
  /// What lies where afterwards; or, without files, how to bring the data set.
  public let layout: String

  /// A data set.
  public init(name: String, summary: String, terms: String, files: [RemoteFile], layout: String) {
    self.name = name
    self.summary = summary
    self.terms = terms
    self.files = files
    self.layout = layout
  }

  /// The known bytes of its files.
  package var knownSize: Int { files.reduce(0) { $0 + ($1.size ?? 0) } }

  /// The data set of a name.
  ///
  /// - Throws: `InvalidSetting` with the nearest name.
  public static func named(_ name: String) throws -> DownloadableDataset {
    if let found = all.first(where: { $0.name == name }) { return found }
    let names = all.map(\.name)
    let meant = nearest(to: name, in: names).map { "; did you mean \($0)?" } ?? ""
    throw InvalidSetting("name", "'\(name)' is not one of \(names.joined(separator: ", "))\(meant)")
  }
}
