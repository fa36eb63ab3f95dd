import Foundation
import ImageData
import TestSupport
import Testing

@Suite struct LabelTableTests {
  private let images = ["a/1.jpg", "a/2.jpg", "b, c/3.png", "4.jpg"]

  @Test func quotesAndLineEndsFollowTheStandard() throws {
    let folder = try TemporaryFolder()
    try folder.touch(images)
    let text =
      "\u{feff}a/1.jpg,cat\r\n\r\n\"a/2.jpg\",\"dog, \"\"big\"\"\"\r\n"
      + "\"b, c/3.png\",\"two\nlines\"\n4.jpg, cat"
    try folder.write(text, to: "labels.csv")
    let dataset = try folder.labelled("labels.csv")
    #expect(dataset.classNames == ["cat", "dog, \"big\"", "two\\x0Alines"])
    #expect(
      folder.entries(dataset) == ["a/1.jpg=cat", "a/2.jpg=dog, \"big\"", "b, c/3.png=two\\x0Alines", "4.jpg=cat"])
  }

  @Test func headersNameTheColumnsInAnyOrder() throws {
    let folder = try TemporaryFolder()
    try folder.touch(images)
    try folder.write("id,Class,File\n1,9,a/1.jpg\n2,10,\(folder.path)/4.jpg\n", to: "labels.csv")
    let dataset = try folder.labelled("labels.csv")
    #expect(dataset.classNames == ["9", "10"])
    #expect(folder.entries(dataset) == ["a/1.jpg=9", "4.jpg=10"])
    // Another file's classes keep their places.
    try folder.write("path,label\na/2.jpg,10\n", to: "test.csv")
    let test = try folder.labelled("test.csv", classNames: dataset.classNames)
    #expect(test.label(of: 0) == 1)
    try folder.write("path,label\na/2.jpg,11\n", to: "test.csv")
    let error = #expect(throws: DatasetError.self) {
      try folder.labelled("test.csv", classNames: dataset.classNames)
    }
    #expect(error?.description.contains("11") == true)
  }

  @Test func tablesAreKnownByTheirLinesToo() throws {
    let folder = try TemporaryFolder()
    try folder.touch(images)
    try folder.write("path,label\na/1.jpg,cat\n4.jpg,dog\n", to: "labels.txt")
    #expect(folder.entries(try folder.labelled("labels.txt")) == ["a/1.jpg=cat", "4.jpg=dog"])
    // Without classes, the paths are enough.
    try folder.write("path\na/1.jpg\n4.jpg\n", to: "paths.csv")
    #expect(folder.entries(try ImageDataset(paths: [folder.path("paths.csv")])) == ["a/1.jpg=-", "4.jpg=-"])
  }

  @Test func mistakesAreNamedWithTheirLines() throws {
    let folder = try TemporaryFolder()
    try folder.touch(images)
    func message(_ text: String) throws -> String {
      try folder.write(text, to: "labels.csv")
      return folder.message("labels.csv")
    }
    #expect(try message("").contains("is empty"))
    #expect(try message("path,label\n").contains("no image"))
    #expect(try message("path,label\na/1.jpg,cat\n\na/2.jpg\n").contains("labels.csv, line 4: 1 fields"))
    #expect(try message("a/1.jpg,cat\na/2.jpg,\n").contains("line 2: the label is missing"))
    #expect(try message("a/1.jpg,cat\n,dog\n").contains("line 2: the path is missing"))
    #expect(try message("a/1.jpg,cat\n\"4.jpg,dog\n").contains("line 2: a quote is opened"))
    #expect(try message("\"a/1.jpg\"x,cat\n").contains("line 1: text after a closing quote"))
    #expect(try message("what,ever\na/1.jpg,cat\n").contains("what, ever"))
    #expect(try message("path,width\na/1.jpg,7\n").contains("no column of labels"))
    #expect(try message("path\na/1.jpg\n").contains("no column of labels"))
  }

  @Test func missingFilesAreCountedAndMostMissingIsAnError() throws {
    let folder = try TemporaryFolder()
    try folder.touch(images)
    try folder.write("a/1.jpg,cat\na/2.jpg,dog\ngone.jpg,cat\n", to: "labels.csv")
    let dataset = try folder.labelled("labels.csv")
    #expect(folder.entries(dataset) == ["a/1.jpg=cat", "a/2.jpg=dog"])
    #expect(dataset.problems.map(\.name) == [folder.path("gone.jpg")])
    try folder.write("a/1.jpg,cat\ngone1.jpg,dog\ngone2.jpg,cat\n", to: "labels.csv")
    #expect(folder.message("labels.csv").contains("2 of the 3 images"))
  }

  @Test func listsOfSeveralKindsAreRefused() throws {
    let folder = try TemporaryFolder()
    try folder.touch(images)
    try folder.write("a/1.jpg 0\na/2.jpg\n", to: "mixed.txt")
    #expect(folder.message("mixed.txt").contains("line 1 is a DomainNet entry"))
    #expect(folder.message("mixed.txt", labelled: false).contains("line 2 is a path"))
  }
}
