import Foundation
import SplitMaskCore

/// A CSV file of paths and labels, with or without a header.
enum LabelTable {
  private static let pathNames = ["path", "file", "filename", "file_name", "filepath", "image", "image_path"]
  private static let labelNames = ["label", "class", "class_name", "category", "target"]

  /// Which fields are which.
  private struct Columns {
    var path = 0
    var label: Int? = 1
    var hasHeader = false
  }

  /// - Parameter labelled: whether each image must have a label.
  /// - Throws: `DatasetError`, with file and line, for what is missing or malformed.
  static func read(_ path: String, labelled: Bool) throws -> ListedImages {
    let records = try CSVRecords(path: path, bytes: TextLines.bytes(of: path)).records
    guard let first = records.first else {
      throw DatasetError("\(path) is empty; it has a line path,label for each image")
    }
    let columns = try columns(of: first, path: path, labelled: labelled)
    let rows = columns.hasHeader ? records.dropFirst() : records[...]
    guard !rows.isEmpty else { throw DatasetError("\(path) has a header but no image; it has a line for each image") }
    var images = ListedImages(source: path, root: ListedImages.folder(of: path))
    for row in rows {
      guard row.fields.count == first.fields.count else {
        throw DatasetError(
          """
          \(path), line \(row.line): \(row.fields.count) fields, but line \(first.line) has \(first.fields.count); put \
          quotes around fields with commas
          """)
      }
      let fields = row.fields.map { $0.trimmingCharacters(in: .whitespaces) }
      guard !fields[columns.path].isEmpty else { throw DatasetError("\(path), line \(row.line): the path is missing") }
      let label = columns.label.map { fields[$0] } ?? ""
      guard !labelled || !label.isEmpty else { throw DatasetError("\(path), line \(row.line): the label is missing") }
      images.append(PrintableName.bytes(of: fields[columns.path]), class: label.isEmpty ? nil : label)
    }
    return images
  }

  private static func columns(of first: CSVRecords.Record, path: String, labelled: Bool) throws -> Columns {
    let names = first.fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    var columns = Columns()
    if let place = names.firstIndex(where: { pathNames.contains($0) }) {
      columns.path = place
      columns.label = names.firstIndex { labelNames.contains($0) }
      columns.hasHeader = true
    } else {
      guard ImageSource.isImageName(first.fields[0].trimmingCharacters(in: .whitespaces).utf8) else {
        throw DatasetError(
          """
          \(path), line \(first.line): '\(first.fields[0])' is neither an image's path nor the header path,label; its \
          columns are \(names.joined(separator: ", "))
          """)
      }
      if names.count < 2 { columns.label = nil }
    }
    guard !labelled || columns.label != nil else {
      throw DatasetError(
        """
        \(path), line \(first.line): there is no column of labels, only \(names.joined(separator: ", ")); a header names \
        it 'label'
        """)
    }
    return columns
  }
}
