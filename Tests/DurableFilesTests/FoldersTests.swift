import DurableFiles
import Foundation
import TestSupport
import Testing

@Suite struct FoldersTests {
  @Test func aFolderThatCanBeWrittenIsLeftAsItWas() throws {
    let folder = try TemporaryFolder()
    try Folders.requireWritable(folder.url)
    #expect(try folder.names.isEmpty)
  }

  @Test func aMissingFolderIsNamed() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: FileError.self) { try Folders.requireWritable(folder.file("absent")) }
    #expect(error?.path == folder.file("absent").path && error?.code == ENOENT)
  }

  @Test func aFileIsNoFolder() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: folder.file("file"))
    let error = #expect(throws: FileError.self) { try Folders.requireWritable(folder.file("file")) }
    #expect(error?.code == ENOTDIR)
  }

  @Test(.enabled(if: SmallDisk.isAvailable)) func aReadOnlyDiskIsNamed() throws {
    let disk = try #require(SmallDisk())
    #expect(disk.makeReadOnly())
    let error = #expect(throws: FileError.self) { try Folders.requireWritable(disk.folder.url) }
    #expect(error?.path == disk.folder.url.path && error?.code == EROFS)
  }
}
