import Foundation
import ImageData

/// Reads JSON from its beginning to its end, without a tree of it: COCO's training annotations are half a gigabyte of
/// numbers, and Python writes `NaN` and `Infinity` into such files, which are no JSON.
///
/// What is wrong is a ``JSONFault``, of which ``read(_:name:_:)`` makes an error that names file and entry.
struct JSONReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var place = 0

  private init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes.bindMemory(to: UInt8.self)
    if self.bytes.starts(with: [0xef, 0xbb, 0xbf]) { place = 3 }
  }

  /// Reads one value, after which the file must end.
  ///
  /// - Parameter name: the file's, for errors.
  /// - Throws: `DatasetError`; what `body` throws besides.
  static func read<Result>(
    _ bytes: UnsafeRawBufferPointer, name: String, _ body: (inout JSONReader) throws -> Result
  ) throws -> Result {
    var reader = JSONReader(bytes)
    do {
      guard !reader.bytes.starts(with: [0xff, 0xfe]), !reader.bytes.starts(with: [0xfe, 0xff]) else {
        throw JSONFault.syntax("it is UTF-16 text; save it as UTF-8")
      }
      let result = try body(&reader)
      reader.skipSpace()
      guard reader.place == bytes.count else { throw reader.fault("the end of the file") }
      return result
    } catch let fault as JSONFault {
      throw fault.error(in: name)
    }
  }

  /// Calls `body` for every field of an object; it reads or skips the value.
  mutating func forEachField(_ body: (_ key: String, _ reader: inout JSONReader) throws -> Void) throws {
    try expect("{", .object)
    if take("}") { return }
    repeat {
      let key = try string()
      guard take(":") else { throw fault("a colon") }
      do {
        try body(key, &self)
      } catch let fault as JSONFault {
        throw fault.inside(field: key)
      }
    } while take(",")
    guard take("}") else { throw fault("a comma or a closing brace") }
  }

  /// Calls `body` for every element of an array; it reads or skips the element.
  mutating func forEachElement(_ body: (_ reader: inout JSONReader) throws -> Void) throws {
    try expect("[", .array)
    if take("]") { return }
    var index = 0
    repeat {
      do {
        try body(&self)
      } catch let fault as JSONFault {
        throw fault.inside(element: index)
      }
      index += 1
    } while take(",")
    guard take("]") else { throw fault("a comma or a closing bracket") }
  }

  /// Reads an array of numbers.
  mutating func numbers() throws -> [Double] {
    var values: [Double] = []
    try forEachElement { values.append(try $0.number()) }
    return values
  }

  /// Reads a whole number exactly, `3.0` too.
  ///
  /// - Parameter limit: what an error says of a larger one.
  mutating func integer(limit: @autoclosure () -> String = "whole numbers are at most \(Int.max)") throws -> Int {
    try check(.number, "a whole number")
    let start = place
    let isNegative = takeByte("-")
    var (value, isExact) = (0, true)
    if let byte = peek, !Self.isDigit(byte) { return try integer(ofNumberAt: start) }
    try readDigits { digit in
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) =
        isNegative ? tens.subtractingReportingOverflow(Int(digit)) : tens.addingReportingOverflow(Int(digit))
      (value, isExact) = (sum, isExact && !overflow && !carry)
    }
    if let byte = peek, [".", "e", "E"].contains(UnicodeScalar(byte)) { return try integer(ofNumberAt: start) }
    guard isExact else { throw JSONFault.entry("is \(text(from: start)): \(limit())\(line)") }
    return value
  }

  /// Of a number that is written with a fraction or an exponent; those from 2⁵³ on may have been rounded.
  private mutating func integer(ofNumberAt start: Int) throws -> Int {
    place = start
    let number = try number()
    guard let value = Int(exactly: number), value.magnitude < 1 << 53 else {
      throw JSONFault.entry("is \(text(from: start)), not a whole number\(line)")
    }
    return value
  }

  /// Reads an id, which is a whole number or a string.
  mutating func identifier() throws -> COCOIdentifier {
    if next() == "\"" { return .text(try string()) }
    try check(.number, "a whole number or a string")
    return .number(try integer(limit: "ids are at most \(Int.max), or texts; write it in quotes"))
  }

  /// Reads 0, 1, `false` or `true`; `null` is false.
  mutating func flag() throws -> Bool {
    switch kind {
    case .truth, .null:
      let isTrue = next() == "t"
      try skip()
      return isTrue
    default:
      try check(.number, "0, 1, false or true")
      return try integer() != 0
    }
  }

  /// Reads a number; also `NaN`, `Infinity` and `-Infinity`.
  mutating func number() throws -> Double {
    try check(.number, "a number")
    let start = place
    let isNegative = takeByte("-")
    if takeWord("NaN") { return .nan }
    if takeWord("Infinity") { return isNegative ? -.infinity : .infinity }
    var (mantissa, digits, exponent) = (UInt64(0), 0, 0)
    try readDigits { digit in
      (mantissa, digits) = (mantissa &* 10 &+ digit, digits + (digits > 0 || digit > 0 ? 1 : 0))
    }
    if takeByte(".") {
      try readDigits { digit in
        (mantissa, digits) = (mantissa &* 10 &+ digit, digits + (digits > 0 || digit > 0 ? 1 : 0))
        exponent -= 1
      }
    }
    if takeByte("e") || takeByte("E") {
      let isSmall = takeByte("-")
      if !isSmall { _ = takeByte("+") }
      var written = 0
      try readDigits { written = min(written * 10 + Int($0), 9999) }
      exponent += isSmall ? -written : written
    }
    // Both factors are exact in these limits, so one operation rounds correctly.
    if digits <= 15, abs(exponent) <= 22 {
      let power = Self.powersOfTen[abs(exponent)]
      let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
      return isNegative ? -value : value
    }
    return Double(text(from: start)) ?? .nan
  }

  private static let powersOfTen: [Double] = (0...22).map { Double("1e\($0)")! }

  /// Reads a string.
  mutating func string() throws -> String {
    try expect("\"", .string)
    let start = place
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      guard bytes[place] == UInt8(ascii: "\\") else {
        place += 1
        continue
      }
      return try escapedString(from: start)
    }
    guard place < bytes.count else { throw fault("the end of a string") }
    defer { place += 1 }
    return try checked(bytes[start..<place])
  }

  /// Text that is valid: repaired, two names could become one.
  private func checked(_ text: some Sequence<UInt8>) throws -> String {
    guard let text = String(validating: text, as: UTF8.self) else {
      throw JSONFault.entry("is a string that is not UTF-8\(line); save the file as UTF-8")
    }
    return text
  }

  /// Escapes are rare but in compressed masks; what they mean is left to Foundation unless it is one character.
  private mutating func escapedString(from start: Int) throws -> String {
    var text = Array(bytes[start..<place])
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      guard bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count else {
        text.append(bytes[place])
        place += 1
        continue
      }
      switch bytes[place + 1] {
      case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "/"): text.append(bytes[place + 1])
      default: return try foundationString(from: start)
      }
      place += 2
    }
    guard place < bytes.count else { throw fault("the end of a string") }
    place += 1
    return try checked(text)
  }

  private mutating func foundationString(from start: Int) throws -> String {
    place = start
    try skipString()
    let literal = Data(bytes[(start - 1)..<place])
    guard let text = try? JSONDecoder().decode(String.self, from: literal) else {
      place = start - 1
      throw fault("a string of valid escapes")
    }
    return text
  }

  /// Passes over a value of any kind.
  mutating func skip() throws {
    var depth = 0
    repeat {
      skipSpace()
      guard place < bytes.count else { throw fault("a value") }
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""): try skipString()
      default: skipWord()
      }
      guard depth >= 0 else {
        place -= 1
        throw fault("a value")
      }
    } while depth > 0
  }

  /// The first character of the next value.
  mutating func next() -> Character? {
    skipSpace()
    return place < bytes.count ? Character(UnicodeScalar(bytes[place])) : nil
  }

  /// Passes over `null`, if that is next.
  mutating func takeNull() -> Bool {
    skipSpace()
    return takeWord("null")
  }

  // MARK: Faults

  /// Kinds of values.
  private enum Kind: String {
    case object = "an object"
    case array = "an array"
    case string = "a string"
    case number = "a number"
    case truth = "true or false"
    case null
  }

  /// The kind of the next value, by its first character; nil where it begins like none.
  private var kind: Kind? {
    mutating get {
      skipSpace()
      return switch peek {
      case UInt8(ascii: "{"): .object
      case UInt8(ascii: "["): .array
      case UInt8(ascii: "\""): .string
      case UInt8(ascii: "t"), UInt8(ascii: "f"): .truth
      case UInt8(ascii: "n"): .null
      case UInt8(ascii: "-"), UInt8(ascii: "N"), UInt8(ascii: "I"): .number
      case let byte?: Self.isDigit(byte) ? .number : nil
      case nil: nil
      }
    }
  }

  /// Throws unless a value of that kind is next; what an error calls it may be narrower.
  private mutating func check(_ wanted: Kind, _ name: String? = nil) throws {
    let found = kind
    guard found != wanted else { return }
    let name = name ?? wanted.rawValue
    throw found.map { JSONFault.entry("is \($0.rawValue), not \(name)\(line)") } ?? fault(name)
  }

  private mutating func expect(_ scalar: UnicodeScalar, _ kind: Kind) throws {
    guard !take(scalar) else { return }
    try check(kind)
  }

  /// Where the reader stands, for a person who looks for it in the file.
  private var line: String { " (line \(bytes[..<place].count { $0 == UInt8(ascii: "\n") } + 1))" }

  /// What was expected where the reader stands, and is not there.
  private func fault(_ expected: String) -> JSONFault {
    let cause = place >= bytes.count ? "it ends too early" : "byte \(place)\(line) is something else"
    return .syntax("expected \(expected), but \(cause)")
  }

  private func text(from start: Int) -> String { String(decoding: bytes[start..<place], as: UTF8.self) }

  // MARK: Characters

  private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 <= 9 }

  /// After the opening quotation mark, up to and with the closing one.
  private mutating func skipString() throws {
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard place < bytes.count else {
      place = bytes.count
      throw fault("the end of a string")
    }
    place += 1
  }

  private mutating func skipWord() {
    while place < bytes.count, !Self.delimiters.contains(bytes[place]) { place += 1 }
  }

  private static let delimiters: [UInt8] = Array(",]}\"[{ \n\r\t".utf8)

  private mutating func skipSpace() {
    while place < bytes.count {
      switch bytes[place] {
      case 0x20, 0x0a, 0x0d, 0x09: place += 1
      default: return
      }
    }
  }

  private mutating func take(_ scalar: UnicodeScalar) -> Bool {
    skipSpace()
    return takeByte(scalar)
  }

  private mutating func takeByte(_ scalar: UnicodeScalar) -> Bool {
    guard place < bytes.count, bytes[place] == UInt8(ascii: scalar) else { return false }
    place += 1
    return true
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard place + count <= bytes.count, memcmp(bytes.baseAddress! + place, word.utf8Start, count) == 0 else {
      return false
    }
    place += count
    return true
  }

  private mutating func readDigits(_ body: (UInt64) -> Void) throws {
    let start = place
    while place < bytes.count, case let digit = bytes[place] &- 48, digit <= 9 {
      body(UInt64(digit))
      place += 1
    }
    guard place > start else { throw fault("a number") }
  }
}
