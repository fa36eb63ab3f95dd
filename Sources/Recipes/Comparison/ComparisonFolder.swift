import DurableFiles
import Foundation
import ImageData
import Training

/// Where the files of a comparison are.
struct ComparisonFolder {
  let url: URL

  /// The settings.
  var configuration: URL { url.appendingPathComponent("comparison.yaml") }

  /// The run folder of a method with a seed.
  func run(_ method: ComparedMethod, seed: UInt64) -> URL {
    url.appendingPathComponent("runs/\(method.rawValue)-seed\(seed)", isDirectory: true)
  }

  /// The run folder of its fine-tuning with a share of the labels.
  func fineTuning(_ method: ComparedMethod, seed: UInt64, labels: LabelAmount) -> URL {
    let name = "\(labels)".replacingOccurrences(of: "%", with: "-percent")
    return url.appendingPathComponent("runs/\(method.rawValue)-seed\(seed)-finetune-\(name)", isDirectory: true)
  }

  /// What is known of a method with a seed.
  func record(_ method: ComparedMethod, seed: UInt64) -> URL {
    url.appendingPathComponent("results/\(method.rawValue)-seed\(seed).json")
  }

  /// The visual words that all methods of a seed share.
  func words(seed: UInt64) -> URL { url.appendingPathComponent("words/seed\(seed).safetensors") }

  /// Creates what is missing, or checks that the comparison that is there has the same settings.
  ///
  /// - Throws: `FileError`; ``ChangedSettings``.
  func claim(for config: ComparisonConfig) throws {
    for folder in ["runs", "results", "words"] {
      try FileManager.default.createDirectory(
        at: url.appendingPathComponent(folder), withIntermediateDirectories: true)
    }
    if FileManager.default.fileExists(atPath: configuration.path) {
      let saved = try ConfigurationOverlay.applying(file: configuration, to: ComparisonConfig())
      let changes = try ConfigurationTree(encoding: saved).differences(to: ConfigurationTree(encoding: config))
      guard changes.isEmpty else { throw ChangedSettings(changes: changes.map(\.description)) }
    } else {
      let text = try ConfigurationTree(encoding: config).yaml(header: ["splitmask \(PretrainingRun.version)"])
      try AtomicFile.write(Data(text.utf8), to: configuration)
    }
  }

  /// What was recorded of a method with a seed; an empty record where nothing was.
  func load(_ method: ComparedMethod, seed: UInt64) throws -> ComparisonReport.Run {
    let file = record(method, seed: seed)
    guard FileManager.default.fileExists(atPath: file.path) else {
      return ComparisonReport.Run(method: method.rawValue, seed: seed)
    }
    return try JSONDecoder().decode(ComparisonReport.Run.self, from: Data(contentsOf: file))
  }

  /// Records what is known of a method with a seed.
  func save(_ run: ComparisonReport.Run, of method: ComparedMethod) throws {
    try AtomicFile.write(try JSONEncoder().encode(run), to: record(method, seed: run.seed))
  }
}
