import Foundation
import ImageData

/// Reads JSON from its beginning to its end, without a tree of it: COCO's training annotations are half a gigabyte of
/// numbers, and Python writes `NaN` and `Infinity` into such files, which are no JSON.
struct JSONReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let name: String
  private var place = 0

  /// A reader of the bytes of a file of that name, which must outlive it.
  init(_ bytes: UnsafeRawBufferPointer, name: String) {
    self.bytes = bytes.bindMemory(to: UInt8.self)
    self.name = name
    if self.bytes.starts(with: [0xef, 0xbb, 0xbf]) { place = 3 }
  }

  /// Calls `body` for every field of an object; it reads or skips the value.
  mutating func forEachField(_ body: (_ key: String, _ reader: inout JSONReader) throws -> Void) throws {
    try expect("{", "an object")
    if take("}") { return }
    repeat {
      let key = try string()
      try expect(":", "a colon")
      try body(key, &self)
    } while take(",")
    try expect("}", "a comma or a closing brace")
  }

  /// Calls `body` for every element of an array; it reads or skips the element.
  mutating func forEachElement(_ body: (_ reader: inout JSONReader) throws -> Void) throws {
    try expect("[", "an array")
    if take("]") { return }
    repeat { try body(&self) } while take(",")
    try expect("]", "a comma or a closing bracket")
  }

  /// Reads an array of numbers.
  mutating func numbers() throws -> [Double] {
    var values: [Double] = []
    try forEachElement { values.append(try $0.number()) }
    return values
  }

  /// Reads a whole number, `3.0` too.
  mutating func integer() throws -> Int {
    let start = place
    guard let value = Int(exactly: try number()) else {
      place = start
      throw fault("a whole number")
    }
    return value
  }

  /// Reads a number; also `NaN`, `Infinity` and `-Infinity`.
  mutating func number() throws -> Double {
    skipSpace()
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
    return Double(String(decoding: bytes[start..<place], as: UTF8.self)) ?? .nan
  }

  private static let powersOfTen: [Double] = (0...22).map { Double("1e\($0)")! }

  /// Reads a string.
  mutating func string() throws -> String {
    try expect("\"", "a string")
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
    return String(decoding: bytes[start..<place], as: UTF8.self)
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
    return String(decoding: text, as: UTF8.self)
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

  /// Throws unless only white space is left.
  mutating func finish() throws {
    skipSpace()
    guard place == bytes.count else { throw fault("the end of the file") }
  }

  /// What was expected where the reader stands, as an error.
  func fault(_ expected: String) -> DatasetError {
    let line = bytes[..<place].count { $0 == UInt8(ascii: "\n") } + 1
    let cause = place >= bytes.count ? "it ends too early" : "byte \(place), line \(line), is something else"
    return DatasetError("\(name) cannot be read: expected \(expected), but \(cause)")
  }

  // MARK: Characters

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

  private mutating func expect(_ scalar: UnicodeScalar, _ expected: String) throws {
    guard take(scalar) else { throw fault(expected) }
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
