/// The records of a comma-separated file as RFC 4180 has them: quotes around fields with commas, line ends or quotes,
/// which are doubled.
struct CSVRecords {
  /// The fields of a record, as `TextLines.text` writes them, and the line that it begins in.
  typealias Record = (line: Int, fields: [String])

  private(set) var records: [Record] = []

  private var line = 1
  private var firstLine = 1
  private var fields: [String] = []
  private var field: [UInt8] = []

  /// Blank lines are passed over.
  ///
  /// - Throws: `DatasetError`, with file and line, for quotes that do not match.
  init(path: String, bytes: [UInt8]) throws {
    enum Place { case start, plain, quoted, afterQuote }
    var place = Place.start
    for byte in bytes {
      switch (byte, place) {
      case (UInt8(ascii: "\""), .quoted): place = .afterQuote
      case (UInt8(ascii: "\n"), .quoted):
        line += 1
        field.append(byte)
      case (_, .quoted): field.append(byte)
      case (UInt8(ascii: "\""), .start): place = .quoted
      case (UInt8(ascii: "\""), .afterQuote):
        field.append(byte)
        place = .quoted
      case (UInt8(ascii: ","), _):
        endField()
        place = .start
      case (UInt8(ascii: "\n"), _):
        endRecord()
        place = .start
      case (UInt8(ascii: "\r"), _): break
      case (_, .afterQuote):
        throw DatasetError("\(path), line \(line): text after a closing quote; double the quotes inside a field")
      default:
        field.append(byte)
        place = .plain
      }
    }
    guard place != .quoted else {
      throw DatasetError("\(path), line \(firstLine): a quote is opened and never closed")
    }
    endRecord()
  }

  private mutating func endField() {
    fields.append(TextLines.text(field))
    field.removeAll(keepingCapacity: true)
  }

  private mutating func endRecord() {
    endField()
    if fields != [""] { records.append((firstLine, fields)) }
    fields = []
    line += 1
    firstLine = line
  }
}
