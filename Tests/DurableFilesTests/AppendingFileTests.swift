import DurableFiles
import Foundation
import TestSupport
import Testing

@Suite struct AppendingFileTests {
  @Test func growsAndIsTakenUpAgain() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("log")
    do {
      let file = try AppendingFile(url)
      try file.append(Data("one\n".utf8))
      #expect(try String(contentsOf: url, encoding: .utf8) == "one\n")
      try file.synchronize()
    }
    try AppendingFile(url).append(Data("two\n".utf8))
    #expect(try String(contentsOf: url, encoding: .utf8) == "one\ntwo\n")
  }

  #if os(Linux)
    @Test func aFullDiskIsNamed() throws {
      // A device whose every write fails as a full disk's does.
      let file = try AppendingFile(URL(fileURLWithPath: "/dev/full"))
      let error = try #require(throws: FileError.self) { try file.append(Data("x".utf8)) }
      #expect(error.code == ENOSPC)
      #expect("\(error)".hasPrefix("cannot write /dev/full: No space left on device. The disk is full"))
    }
  #endif
}
