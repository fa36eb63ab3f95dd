/// Lines of comma-separated files, as RFC 4180 has them.
package enum CSVLine {
  /// The fields with commas between them and a line end; in quotes where one holds a comma, a quote or a line break.
  package static func text(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\n"
  }

  private static func field(_ text: String) -> String {
    guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
