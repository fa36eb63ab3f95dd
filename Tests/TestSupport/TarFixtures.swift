package import Foundation

/// A link in a tar file.
package struct TarLinkFixture {
  package let name: String
  package let target: String
  package let isSymbolic: Bool

  package init(_ name: String, hardTo target: String) { (self.name, self.target, isSymbolic) = (name, target, false) }
  package init(_ name: String, symbolicTo target: String) {
    (self.name, self.target, isSymbolic) = (name, target, true)
  }
}

/// A tar file in the ustar format, made from the format's description (POSIX.1-1988), with links after its files.
package func tar(_ members: [(name: String, content: Data)], links: [TarLinkFixture] = []) -> Data {
  var archive = Data()
  let entries =
    members.map { ($0.name, $0.content, "0", "") }
    + links.map {
      ($0.name, Data(), $0.isSymbolic ? "2" : "1", $0.target)
    }
  for (name, content, kind, target) in entries {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
    }
    put(name, at: 0)
    put("0000644\0", at: 100)
    put(String(format: "%011o\0", content.count), at: 124)
    put("        ", at: 148)
    put(kind, at: 156)
    put(target, at: 157)
    put("ustar\u{0}00", at: 257)
    put(String(format: "%06o\0 ", header.reduce(0) { $0 + Int($1) }), at: 148)
    archive += Data(header) + content + Data(count: (512 - content.count % 512) % 512)
  }
  return archive + Data(count: 1024)
}
