public import Evaluation
import Settings
import SplitMaskCore
public import VisionModels

/// Settings of an architecture beside an encoder that has its own.
public enum EncoderShape {
  /// Refuses settings under `model` that are not what the encoder in a file has; they would be without effect.
  ///
  /// - Parameters:
  ///   - assignments: as the command line has them, `key.path=value`; those of other settings are passed over, and so is
  ///     stochastic depth, which is no part of a file.
  ///   - source: where the encoder is from; fresh weights take any shape.
  ///   - hints: what is said of the file that it may not say.
  /// - Throws: `InvalidSetting`, `ConfigurationSyntaxError`; what reading the file's header throws.
  public static func check(
    _ assignments: [String], against source: EncoderSource, hints: EncoderFile.Hints = .init()
  ) throws {
    let asked = assignments.filter { $0.hasPrefix("model.") && !$0.hasPrefix("model.stochasticDepthRate=") }
    guard case .file(let url, _) = source, !asked.isEmpty else { return }
    var own = PretrainConfig()
    own.model = try EncoderFile.config(of: url, hints: hints).explicit
    for assignment in asked {
      let changed = try ConfigurationOverlay.applying(assignment: assignment, to: own)
      guard changed.model.explicit != own.model else { continue }
      throw InvalidSetting(
        String(assignment.prefix { $0 != "=" }),
        """
        \(assignment.drop { $0 != "=" }.dropFirst()) is not what the encoder in \(url.relativePath) has \
        (\(own.model.summary)), and an encoder that is there keeps its architecture. Leave this away, or start with --from \
        random
        """)
    }
  }
}

extension VisionTransformer.Config {
  /// The same shape with nothing left to the named one.
  fileprivate var explicit: VisionTransformer.Config {
    var result = self
    (result.width, result.depth, result.headCount) = (embeddingDimension, blockCount, heads)
    return result
  }

  /// In words, for a message.
  fileprivate var summary: String {
    """
    \(architecture.rawValue), width \(embeddingDimension), depth \(blockCount), \(heads) heads, patches of \(patchSize), images \
    of \(imageSize)
    """
  }
}
