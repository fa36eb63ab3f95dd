import ArgumentParser

/// The shape of an encoder as flags.
struct ModelOptions: ParsableArguments {
  @Option(help: "The encoder: vit-tiny, vit-small, vit-base or vit-large. (default: the preset's, else vit-small)")
  var model: String?

  @Option(help: "Side of the images in pixels, or [height, width]. (default: the encoder's or preset's, else 224)")
  var imageSize: String?

  @Option(help: "Side of a patch in pixels. (default: the encoder's or preset's, else 16)")
  var patchSize: Int?

  /// The shape as assignments.
  var flags: [String?] { architectureFlags + [RunOptions.assignment("model.imageSize", imageSize)] }

  /// What an encoder that is there cannot be brought to, as assignments.
  var architectureFlags: [String?] { [modelFlag, RunOptions.assignment("model.patchSize", patchSize)] }

  /// The named shape as an assignment.
  var modelFlag: String? { RunOptions.assignment("model.architecture", model) }

  /// What an encoder that goes on is asked for, as assignments.
  var flagsOfEncoder: [String?] {
    [
      RunOptions.assignment("model.imageSize", imageSize), RunOptions.assignment("continuation.patchSize", patchSize),
    ]
  }
}
