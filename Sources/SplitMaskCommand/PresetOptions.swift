import ArgumentParser
import Runs

/// The named settings that lie beneath those that are given one by one.
struct PresetOptions<Configuration: PresetConfiguration>: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Settings to start from, beneath all that are given. \(PresetOptions.list)", valueName: "name"))
  var preset: String?

  /// Lays the preset, then file, assignments and flags over settings, and fits sizes that nobody has said. Without a
  /// preset it is the device's.
  ///
  /// - Parameters:
  ///   - flags: a command's own, as assignments.
  ///   - goesOn: whether the settings are those of a run that goes on, which keeps its own.
  /// - Throws: `InvalidSetting` and `ConfigurationSyntaxError`, naming the flag's key.
  func applied(
    _ options: RunOptions, _ flags: [String?], to base: Configuration, goesOn: Bool
  ) throws -> Configuration {
    let flags = flags + [RunOptions.assignment("preset", preset)]
    let asked = try options.applied(flags, to: base)
    // Wherever it is named, file or flag, it lies beneath everything that is.
    if goesOn && asked.preset == base.preset { return asked }
    return try laid(asked.preset ?? asked.automaticPreset(), beneath: options, flags, over: base)
  }

  /// The same settings with each other preset, for a plan to name; none where the length is said, or a run goes on.
  func others(
    than config: Configuration, _ options: RunOptions, _ flags: [String?], goesOn: Bool
  ) throws -> [Configuration] {
    let lengths: Set<String> = ["training.epochs", "training.steps"]
    guard !goesOn, try options.keys(flags).isDisjoint(with: lengths) else { return [] }
    return try Configuration.presets.map(\.name).filter { $0 != config.preset }.map { name in
      try laid(name, beneath: options, flags + ["preset=\(name)"], over: Configuration())
    }
  }

  private func laid(
    _ name: String, beneath options: RunOptions, _ flags: [String?], over base: Configuration
  ) throws -> Configuration {
    var result = try options.applied(flags, to: base.applying(preset: name))
    result.fitSizes(explicit: try options.keys(flags))
    return result
  }

  private static var list: String { Configuration.presets.map { "\($0.name): \($0.summary)." }.joined(separator: " ") }
}
