import ArgumentParser
import DurableFiles
import Foundation
import ImageData
import SplitMaskCore

/// Whether files that are there may be replaced.
struct OverwriteOptions: ParsableArguments {
  @Flag(help: "Replace files that are there. What is read is never written to.")
  var overwrite = false

  /// Looks at files that are about to be written, before any work, and makes their folders.
  ///
  /// - Parameters:
  ///   - key: the option that says where they go.
  ///   - writer: what their folders are to say of them; nil where they are no images.
  ///   - images: what is read.
  ///   - others: other files that are read.
  /// - Throws: `InvalidSetting` where one of them is read, there already or named twice, `FileError` where they cannot be written.
  func prepare(
    _ files: [URL], key: String = "out", markedBy writer: String? = nil, reading images: ImageDataset,
    and others: [String?] = []
  ) throws {
    var places: Set<URL> = []
    if let twice = files.first(where: { !places.insert($0.standardizedFileURL).inserted }) {
      throw InvalidSetting(key, "\(twice.path) would be written twice; name a file for each")
    }
    let plan = OutputPlan(files, key: key)
    try plan.check(overwriting: overwrite) { note in
      for path in others { if let path { note(Array(path.utf8)) } }
      images.forEachFile(note)
    }
    try plan.prepare(markedBy: writer)
  }
}
