import ArgumentParser
import Evaluation
import Runs
import VisionModels

/// What a training on annotated images starts from.
struct StartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A run folder, an encoder file (SplitMask's, timm's, PyTorch's .pth), or 'random'.", valueName: "run|file|random")
  )
  var from: String?

  @Option(help: "Attention heads of an encoder file that does not tell. (default: of the family it looks like)")
  var heads: Int?

  /// The heads as an assignment.
  var flags: [String?] { [RunOptions.assignment("model.headCount", heads)] }

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

  /// Refuses settings of an architecture that the encoder to start from has not; they would be without effect.
  ///
  /// - Parameters:
  ///   - assignments: what the command line says.
  ///   - like: for `random`, the run or file whose architecture is taken.
  ///   - encoder: the settings' encoder.
  ///   - model: the settings' architecture.
  /// - Throws: `InvalidSetting`; what reading the encoder's header throws.
  static func checkShape(
    _ assignments: [String?], like: String? = nil, encoder: String, model: VisionTransformer.Config
  ) throws {
    if like != nil, encoder != EncoderSource.randomName {
      throw ValidationError("--like is for --from random: an encoder that is there keeps its architecture.")
    }
    try EncoderShape.check(
      assignments.compactMap(\.self),
      against: EncoderSource(named: like.map(RunOptions.absolute) ?? encoder, config: model),
      hints: .init(heads: model.headCount))
  }

  /// The encoder's name in settings; nil where none was given.
  var encoder: String? { from.map { $0 == EncoderSource.randomName ? $0 : RunOptions.absolute($0) } }
}
