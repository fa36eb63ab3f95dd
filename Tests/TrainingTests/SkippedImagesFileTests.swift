import Foundation
import TestSupport
import Testing
import Training

@Suite struct SkippedImagesFileTests {
  @Test func anImageIsNamedOnceAlsoAfterAResume() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("skipped-images.txt")
    do {
      let file = try SkippedImagesFile(url)
      #expect(try folder.names.isEmpty, "no file before there is something to say")
      #expect(try file.record(name: "a.jpg", reason: "is empty"))
      #expect(try !file.record(name: "a.jpg", reason: "is empty"))
      #expect(try file.record(name: "odd\tname\n\\", reason: "two\nlines"))
    }
    let whole = "a.jpg\tis empty\nodd\\tname\\n\\\\\ttwo\\nlines\n"
    #expect(try folder.text("skipped-images.txt") == whole)

    try Data((whole + "b.jpg\tis tru").utf8).write(to: url)
    let file = try SkippedImagesFile(url)
    #expect(file.count == 2)
    #expect(try folder.text("skipped-images.txt") == whole, "a line that a crash cut is dropped")
    #expect(try !file.record(name: "odd\tname\n\\", reason: "again"))
    #expect(try file.record(name: "b.jpg", reason: "is truncated"))
    #expect(try folder.text("skipped-images.txt") == whole + "b.jpg\tis truncated\n")
  }
}
