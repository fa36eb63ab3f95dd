/// What was met while images were listed, besides the images.
struct ListingReport: Sendable {
  /// What cannot be used.
  var problems: [SkippedImage] = []
  /// How many images and tar files are the program's own output.
  var outputsPassedOver = 0
  /// How many tar files lie in folders of images, where they are not read.
  var shardsBesideImages = 0
  /// Files that are neither images nor tar files.
  var others = FileCounts()
  /// Folders that would be classes and hold no image.
  var emptyClasses: [String] = []

  /// Files that the pattern of channels does not describe, in words.
  var unmatched: String?
  /// Tiles that show nothing, in words.
  var background: String?

  /// What is not among the images, in words, a line each.
  var notes: [String] {
    var notes: [String] = []
    if others.total > 0 {
      notes.append(
        "\(others.total) \(others.total == 1 ? "file is not an image" : "files are not images") we read: \(others)")
    }
    notes += [unmatched, background].compactMap(\.self)
    if shardsBesideImages > 0 {
      notes.append(
        shardsBesideImages == 1
          ? "1 .tar file lies beside images and is not read; name it"
          : "\(shardsBesideImages) .tar files lie beside images and are not read; name them")
    }
    if outputsPassedOver > 0 {
      notes.append(
        "\(outputsPassedOver) \(outputsPassedOver == 1 ? "file" : "files") written by splitmask "
          + "\(outputsPassedOver == 1 ? "was" : "were") passed over")
    }
    if !emptyClasses.isEmpty {
      let more = emptyClasses.count > 5 ? " and \(emptyClasses.count - 5) more" : ""
      let names = emptyClasses.prefix(5).joined(separator: ", ")
      notes.append("folders without an image, which are no classes: \(names)\(more)")
    }
    return notes
  }
}
