/// The text of a file's or a class's name, which is bytes: the same for no two names.
///
/// Valid UTF-8 is its own text. A byte that is none, and a control character, which would move a terminal's cursor or end a
/// line, is written `\xHH`; so is a backslash in front of an `x`, as `\x5C`, so that the text tells the bytes.
package enum PrintableName {
  private static let backslash = UInt8(ascii: "\\")
  private static let x = UInt8(ascii: "x")

  /// The text of a name.
  package static func text(_ name: some Collection<UInt8>) -> String {
    if isPlain(name) { return String(decoding: name, as: UTF8.self) }
    let bytes = Array(name)
    var text = ""
    var place = 0
    var parser = Unicode.UTF8.ForwardParser()
    var input = bytes.makeIterator()
    while place < bytes.count {
      switch parser.parseScalar(from: &input) {
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        let own = bytes[place..<place + encoded.count]
        place += encoded.count
        let startsEscape = scalar == "\\" && place < bytes.count && bytes[place] == x
        if isControl(scalar) || startsEscape {
          own.forEach { text += escaped($0) }
        } else {
          text.unicodeScalars.append(scalar)
        }
      case .error(let length):
        bytes[place..<place + length].forEach { text += escaped($0) }
        place += length
      case .emptyInput: return text
      }
    }
    return text
  }

  /// The bytes of the name that has a text.
  package static func bytes(of text: some StringProtocol) -> [UInt8] {
    let text = Array(text.utf8)
    guard text.contains(backslash) else { return text }
    var bytes: [UInt8] = []
    var place = 0
    while place < text.count {
      if text[place...].starts(with: [backslash, x]), let byte = hexadecimal(text[(place + 2)...].prefix(2)) {
        bytes.append(byte)
        place += 4
      } else {
        bytes.append(text[place])
        place += 1
      }
    }
    return bytes
  }

  /// Whether the name is letters that need no look: nearly all are.
  private static func isPlain(_ name: some Collection<UInt8>) -> Bool {
    name.allSatisfy { (0x20..<0x7f).contains($0) && $0 != backslash }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
  }

  private static func escaped(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt8? {
    digits.count == 2 ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
  }
}
