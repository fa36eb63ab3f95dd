package import DurableFiles
package import Foundation

/// Writes a tar file, member after member: ustar headers, with a pax record in front of a long name. The same members give
/// the same bytes.
package struct TarWriter {
  private static let blockSize = 512
  /// Bytes of a name that a ustar header has room for.
  private static let nameLimit = 100

  private let sink: FileSink

  /// - Parameter sink: the file.
  package init(_ sink: FileSink) {
    self.sink = sink
  }

  /// Appends a file.
  ///
  /// - Throws: `FileError`.
  package func add(_ name: String, _ content: Data) throws {
    if name.utf8.count > Self.nameLimit {
      try append("pax", kind: "x", Data(Self.record("path", name).utf8))
    }
    try append(name, kind: "0", content)
  }

  /// Appends the empty blocks that end a tar file.
  ///
  /// - Throws: `FileError`.
  package func close() throws {
    try sink.write(Data(count: 2 * Self.blockSize))
  }

  private func append(_ name: String, kind: Character, _ content: Data) throws {
    try sink.write(Self.header(name, kind: kind, size: content.count))
    try sink.write(content)
    try sink.write(Data(count: (Self.blockSize - content.count % Self.blockSize) % Self.blockSize))
  }

  /// `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record.
  private static func record(_ key: String, _ value: String) -> String {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count
    while String(length).utf8.count + rest.utf8.count != length { length = String(length).utf8.count + rest.utf8.count }
    return "\(length)\(rest)"
  }

  /// POSIX.1-1988's header.
  private static func header(_ name: String, kind: Character, size: Int) -> Data {
    var block = Data(count: blockSize)
    func put(_ text: some Sequence<UInt8>, at offset: Int) {
      for (place, byte) in text.enumerated() { block[offset + place] = byte }
    }
    func octal(_ number: Int, digits: Int) -> [UInt8] {
      let text = String(number, radix: 8)
      return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
    }
    put(name.utf8.prefix(nameLimit), at: 0)
    put(octal(0o644, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(size, digits: 11), at: 124)
    put(octal(0, digits: 11), at: 136)
    put("        ".utf8, at: 148)
    put(String(kind).utf8, at: 156)
    put("ustar\u{0}00".utf8, at: 257)
    put(octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + [0], at: 148)
    return block
  }
}
