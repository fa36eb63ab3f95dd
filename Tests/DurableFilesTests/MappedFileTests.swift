import DurableFiles
import Foundation
import TestSupport
import Testing

@Suite struct MappedFileTests {
  @Test func hasTheBytesOfTheFile() throws {
    let folder = try TemporaryFolder()
    let content = Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try content.write(to: folder.file("data"))
    let file = try MappedFile(folder.file("data"))
    #expect(Data(file.bytes) == content)
  }

  @Test func keepsTheOldContentWhenTheFileIsReplaced() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Data("old".utf8), to: folder.file("data"))
    let file = try MappedFile(folder.file("data"))
    try AtomicFile.write(Data(), to: folder.file("data"))
    #expect(Data(file.bytes) == Data("old".utf8))
    #expect(try MappedFile(folder.file("data")).bytes.isEmpty)
  }

  @Test func refusesWhatIsNoFile() throws {
    let folder = try TemporaryFolder()
    let missing = try #require(throws: FileError.self) { try MappedFile(folder.file("missing")) }
    #expect("\(missing)".hasPrefix("cannot read \(folder.file("missing").path): No such file"), "\(missing)")
    #expect(throws: FileError.self) { try MappedFile(folder.url) }
  }
}
