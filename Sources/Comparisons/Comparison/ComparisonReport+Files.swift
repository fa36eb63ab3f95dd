import DurableFiles
public import Foundation

extension ComparisonReport {
  /// The report as JSON with snake_case keys, `comparison.json`. A number that is not finite is written as a string.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(self)
  }

  /// The report in the bytes of a `comparison.json`.
  ///
  /// - Throws: `DecodingError` where they are something else.
  public init(json: Data) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    self = try decoder.decode(ComparisonReport.self, from: json)
  }

  /// The pictures that the page shows, by their names in the runs; those that cannot be read are left out.
  ///
  /// - Parameter folder: the comparison's, which the names are relative to.
  public func pictures(in folder: URL) -> [String: Data] {
    var pictures: [String: Data] = [:]
    for name in runs.compactMap(\.picture) where pictures[name] == nil {
      pictures[name] = try? Data(contentsOf: folder.appendingPathComponent(name))
    }
    return pictures
  }

  /// Writes `comparison.json`, `comparison.md` and `comparison.html`, each whole or not at all.
  ///
  /// - Parameters:
  ///   - folder: The comparison's, which exists.
  ///   - plotly: The source of plotly.js; without it the page has no charts.
  /// - Throws: `FileError`.
  public func write(to folder: URL, plotly: String?) throws {
    let page = ComparisonPage.html(report: self, pictures: pictures(in: folder), plotly: plotly)
    try AtomicFile.write(try json(), to: folder.appendingPathComponent("comparison.json"))
    try AtomicFile.write(Data(markdown.utf8), to: folder.appendingPathComponent("comparison.md"))
    try AtomicFile.write(Data(page.utf8), to: folder.appendingPathComponent("comparison.html"))
  }
}
