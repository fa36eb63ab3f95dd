import Foundation

/// What kind of list a text file is, by its first lines.
struct TextSource {
  let kind: ImageSource.Kind

  /// What one line can be.
  private enum Form: String {
    case tabbed = "a path, a tab and a label"
    case numbered = "a DomainNet entry (a path, a space and a number)"
    case imageNet = "a file name of ImageNet"
    case food = "an entry of Food-101 (class/number)"
    case table = "comma-separated"
    case path = "a path"
  }

  /// - Parameters:
  ///   - head: the file's first bytes.
  ///   - isWhole: whether they are all of it; otherwise the last line may be cut.
  /// - Throws: `DatasetError` where lines are of several kinds.
  init(path: String, head: [UInt8], isWhole: Bool) throws {
    var lines = TextLines(head).lines
    if !isWhole, lines.count > 1 { lines.removeLast() }
    if lines.first.map({ $0.text.hasPrefix("{") || $0.text.hasPrefix("[") }) == true {
      kind = .iNaturalist
    } else if path.lowercased().hasSuffix(".csv") {
      kind = .table
    } else {
      kind = try Self.kind(of: lines, path: path)
    }
  }

  private static func kind(of lines: [TextLines.Line], path: String) throws -> ImageSource.Kind {
    var forms = lines.map { form(of: $0.text) }
    // The first line of a table may be its header.
    if forms.count > 1, forms[1] == .table, lines[0].text.contains(",") { forms[0] = .table }
    guard let first = forms.first, !forms.contains(.tabbed) else { return .list }
    let special: [Form] = [.numbered, .imageNet, .table]
    if let odd = forms.firstIndex(where: { $0 != first }), forms.contains(where: { special.contains($0) }) {
      throw DatasetError(
        """
        \(path): line \(lines[0].number) is \(first.rawValue), but line \(lines[odd].number) is \(forms[odd].rawValue), \
        so it is unclear what kind of list this is; make all lines alike, or write path,label lines into a .csv file
        """)
    }
    switch first {
    case .numbered: return .domainNet
    case .imageNet: return .imageNetList
    case .table: return .table
    case .food where forms.allSatisfy({ $0 == .food }) && Food101List.hasImages(path): return .food101
    default: return .list
    }
  }

  private static func form(of line: String) -> Form {
    if line.contains("\t") { return .tabbed }
    // A path in quotes may hold anything.
    if line.hasPrefix("\""), line.hasSuffix("\""), !line.dropFirst().dropLast().contains("\"") { return .path }
    if let space = line.lastIndex(of: " "), Int(line[line.index(after: space)...]) != nil,
      ImageSource.isImageName(line[..<space].utf8)
    {
      return .numbered
    }
    if ImageNetList.synset(of: line) != nil { return .imageNet }
    if let comma = line.firstIndex(of: ","), !ImageSource.isImageName(line.utf8) {
      let first = line[..<comma].trimmingCharacters(in: ["\"", " "])
      if ImageSource.isImageName(first.utf8) { return .table }
    }
    let parts = line.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && Int(parts[1]) != nil ? .food : .path
  }
}
