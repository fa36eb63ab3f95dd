import Settings
import SplitMaskCore
import Torch

/// Settings under a name, which lie beneath those that are given one by one.
public struct Preset<Configuration>: Sendable {
  /// What it is called on the command line.
  public let name: String
  /// What it is for and what it changes, to be read after the name.
  public let summary: String
  /// Changes the settings that it is about.
  let apply: @Sendable (inout Configuration) -> Void

  /// A preset.
  ///
  /// - Parameters:
  ///   - name: what it is called on the command line.
  ///   - summary: what it is for, a sentence.
  ///   - apply: changes the settings that it is about, and leaves all others.
  public init(_ name: String, _ summary: String, apply: @escaping @Sendable (inout Configuration) -> Void) {
    self.name = name
    self.summary = summary
    self.apply = apply
  }
}

/// Settings of a run that may start from a ``Preset``.
public protocol PresetConfiguration: TrainingConfiguration {
  /// The preset that the settings started from; nil for the defaults. Naming one here changes no other setting:
  /// ``applying(preset:)`` does.
  var preset: String? { get set }
  /// The presets that there are.
  static var presets: [Preset<Self>] { get }
  /// Fits sizes that nobody has said to those that are said.
  ///
  /// - Parameter explicit: the keys of the settings that somebody has said.
  mutating func fitSizes(explicit: Set<String>)
}

/// The presets of runs on annotated images.
public enum DensePreset {
  /// For machines without a GPU.
  public static let small = "small"
  /// The published settings.
  public static let paper = "paper"
}

extension PresetConfiguration {
  /// The preset's.
  public var presetName: String? { preset }

  /// These settings changed by a preset, which is noted in ``preset``; nil changes none.
  ///
  /// - Throws: `InvalidSetting` for an unknown name.
  public func applying(preset name: String?) throws -> Self {
    var result = self
    result.preset = name
    guard let name else { return result }
    guard let preset = Self.presets.first(where: { $0.name == name }) else {
      let names = Self.presets.map(\.name)
      let advice = nearest(to: name, in: names).map { "did you mean '\($0)'? " } ?? ""
      throw InvalidSetting("preset", "unknown preset '\(name)'; \(advice)there are: \(names.joined(separator: ", "))")
    }
    preset.apply(&result)
    return result
  }

  /// The name of the preset that suits the device.
  ///
  /// - Throws: `InvalidSetting` for a device that is not there.
  public func automaticPreset() throws -> String {
    try device.resolve().kind == .cpu ? DensePreset.small : DensePreset.paper
  }

  /// What a plan says about the preset; nothing where there is none.
  var presetNotes: [String] {
    Self.presets.filter { $0.name == preset }.map {
      "preset \($0.name): \($0.summary)"
        + ($0.name == DensePreset.small ? "; --preset paper for the published sizes, rates and length" : "")
    }
  }
}
