import Foundation
import TarFiles
import TestSupport
import Testing

@Suite struct TarShardIndexTests {
  struct Expected: Decodable, Equatable {
    let name: String
    let offset: Int
    let size: Int
  }

  /// The golden was indexed by Python's tarfile.
  @Test(arguments: ["pax.tar", "gnu.tar"]) func findsWhatTarfileFinds(name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Goldens/tar")
    let json = try Data(contentsOf: folder.appendingPathComponent("index.json"))
    let expected = try JSONDecoder().decode([String: [Expected]].self, from: json)[name]!
    let index = try TarShardIndex(path: folder.appendingPathComponent(name).path)
    #expect(index.problem == nil)
    let found = index.members.map {
      Expected(name: String(decoding: $0.name, as: UTF8.self), offset: $0.range.lowerBound, size: $0.range.count)
    }
    #expect(found == expected)
  }

  @Test func keepsMembersBeforeACut() throws {
    let folder = try TemporaryFolder()
    let whole = tar((0..<5).map { ("\($0).jpg", Data(repeating: UInt8($0), count: 700)) })
    // Each member takes a header and two blocks: this ends inside the content of the fourth.
    try whole.prefix(3 * 1536 + 512 + 100).write(to: folder.url.appendingPathComponent("cut.tar"))
    let index = try TarShardIndex(path: folder.path("cut.tar"))
    #expect(index.members.map { String(decoding: $0.name, as: UTF8.self) } == ["0.jpg", "1.jpg", "2.jpg"])
    #expect(index.problem?.member == "3.jpg")
    #expect(index.problem?.reason.contains("cut") == true)
  }

  /// 1,536 bytes a member: cut after the third, and after its content but within its padding.
  @Test(arguments: [3 * 1536, 3 * 1536 - 100]) func saysWhenTheEndIsMissing(size: Int) throws {
    let folder = try TemporaryFolder()
    let whole = tar((0..<5).map { ("\($0).jpg", Data(repeating: UInt8($0), count: 700)) })
    try folder.write(whole.prefix(size), to: "cut.tar")
    let index = try TarShardIndex(path: folder.path("cut.tar"))
    #expect(index.members.count == 3)
    #expect(index.problem?.member == "after 3 members")
    #expect(index.problem?.reason.contains("ends at byte \(size) without the empty block") == true)
    // One empty block of the two is enough to know that nothing is missing.
    try folder.write(whole.prefix(5 * 1536 + 512), to: "one.tar")
    #expect(try TarShardIndex(path: folder.path("one.tar")).problem == nil)
  }

  @Test func saysWhereACutHeaderOrDamageIs() throws {
    let folder = try TemporaryFolder()
    var bytes = tar((0..<3).map { ("\($0).jpg", Data(repeating: 1, count: 10)) })
    try folder.write(bytes.prefix(2 * 1024 + 17), to: "header.tar")
    bytes[1024 + 5] ^= 0xff
    try folder.write(bytes, to: "damaged.tar")
    let cut = try TarShardIndex(path: folder.path("header.tar"))
    #expect(cut.members.count == 2)
    #expect(cut.problem?.reason == "the shard is cut inside a header at byte 2048")
    let damaged = try TarShardIndex(path: folder.path("damaged.tar"))
    #expect(damaged.members.count == 1)
    #expect(damaged.problem?.reason == "damaged header at byte 1024")
  }
}
