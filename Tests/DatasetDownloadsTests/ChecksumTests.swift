import DatasetDownloads
import Foundation
import Testing

@Suite struct ChecksumTests {
  /// Lengths around the blocks and their padding, against Python's hashlib.
  @Test func agreeWithHashlib() throws {
    let known = try JSONDecoder().decode([String: [String]].self, from: Data(archive("digests.json")))
    #expect(known.count == 11)
    let scratch = try Scratch()
    for (size, digits) in known {
      try scratch.write(values(Int(size)!), to: "content")
      let file = scratch.file("content")
      #expect(try Checksum.md5("").sum(of: file) == .md5(digits[0]), "\(size) bytes")
      #expect(try Checksum.sha256("").sum(of: file) == .sha256(digits[1]), "\(size) bytes")
    }
  }
}
