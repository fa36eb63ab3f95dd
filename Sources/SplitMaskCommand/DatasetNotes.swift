import ImageData

extension ImageDataset {
  /// Tells people what of the files below the paths given is not among the images.
  ///
  /// - Parameter title: which images they are, where there are several sets.
  func sayNotes(_ title: String? = nil) {
    for note in notes { Terminal.say("note: \(title.map { "\($0): " } ?? "")\(note)") }
  }
}
