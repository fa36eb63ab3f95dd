import ArgumentParser
import Evaluation

/// What a training on annotated images starts from.
struct StartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A run folder, an encoder file (ours or timm's), or 'random'.", valueName: "run|file|random"))
  var from: String?

  /// Checks that a new run says what it learns from; one that goes on has its own settings.
  ///
  /// - Parameters:
  ///   - data: what it learns from.
  ///   - missing: what to say where that is not given.
  /// - Throws: `ValidationError`.
  func check(_ data: String?, missing: String, resuming: Bool) throws {
    guard !resuming else { return }
    guard from != nil else { throw ValidationError("Say --from RUN, FILE or random.") }
    guard data != nil else { throw ValidationError(missing) }
  }

  /// The encoder's name in settings; nil where none was given.
  var encoder: String? { from.map { $0 == EncoderSource.randomName ? $0 : RunOptions.absolute($0) } }
}
