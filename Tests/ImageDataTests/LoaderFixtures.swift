import Foundation
import ImageData

/// A folder that goes away with the test that made it.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("splitmask-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  var path: String { url.path }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a file, and the folders above it.
  func write(_ content: Data, to name: String) throws {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try content.write(to: file)
  }
}

/// A small picture that no other number gives.
func picture(_ number: Int, width: Int = 12, height: Int = 9) throws -> Data {
  try ImageEncoder.png(PixelImage(width: width, height: height, pixels: picturePixels(number, width, height)))
}

func picturePixels(_ number: Int, _ width: Int, _ height: Int) -> [UInt8] {
  (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &* 37 &+ number / 5) }
}

/// A folder of `count` pictures, `0000.png` and so on.
func pictureFolder(_ count: Int) throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  for number in 0..<count { try folder.write(try picture(number), to: String(format: "%04d.png", number)) }
  return folder
}

/// A link in a tar file.
struct TarLinkFixture {
  let name: String
  let target: String
  let isSymbolic: Bool

  init(_ name: String, hardTo target: String) { (self.name, self.target, isSymbolic) = (name, target, false) }
  init(_ name: String, symbolicTo target: String) { (self.name, self.target, isSymbolic) = (name, target, true) }
}

/// A tar file in the ustar format, made from the format's description (POSIX.1-1988), with links after its files.
func tar(_ members: [(name: String, content: Data)], links: [TarLinkFixture] = []) -> Data {
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
