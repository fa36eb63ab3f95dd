import ArgumentParser
import Recipes

/// The named settings that lie beneath those that are given one by one.
struct PresetOptions<Configuration: PresetConfiguration>: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Settings to start from, beneath all that are given. \(PresetOptions.list)", valueName: "name"))
  var preset: String?

  /// Lays the preset, then file, assignments and flags over settings.
  ///
  /// - Parameter flags: a command's own, as assignments.
  /// - Throws: `InvalidSetting` and `ConfigurationSyntaxError`, naming the flag's key.
  func applied(_ options: RunOptions, _ flags: [String?], to base: Configuration) throws -> Configuration {
    let flags = flags + [RunOptions.assignment("preset", preset)]
    // Wherever it is named, file or flag, it lies beneath everything that is.
    let asked = try options.applied(flags, to: base).preset
    return try options.applied(flags, to: asked == base.preset ? base : base.applying(preset: asked))
  }

  private static var list: String { Configuration.presets.map { "\($0.name): \($0.summary)." }.joined(separator: " ") }
}
