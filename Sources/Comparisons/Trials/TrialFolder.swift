import DurableFiles
package import Foundation
import Runs
package import Settings
public import SplitMaskCore
import Training

/// Where the files of a series of trials are.
package struct TrialFolder {
  package let url: URL
  /// What the file of its settings is called.
  package let configurationName: String

  /// A folder that exists or not.
  package init(url: URL, configurationName: String) {
    self.url = url
    self.configurationName = configurationName
  }

  /// The settings.
  package var configuration: URL { url.appendingPathComponent(configurationName) }

  /// The run folder of a trial.
  package func run(_ trial: Trial) -> URL { url.appendingPathComponent("runs/\(trial.slug)", isDirectory: true) }

  /// The run folder of a trial's fine-tuning.
  package func fineTuning(_ trial: Trial, _ evaluation: TrialEvaluation) -> URL {
    url.appendingPathComponent("runs/\(trial.slug)-\(evaluation.slug)", isDirectory: true)
  }

  /// What is known of a trial.
  package func record(_ trial: Trial) -> URL { url.appendingPathComponent("results/\(trial.slug).json") }

  /// Held by the process that makes a trial.
  package func lock(_ trial: Trial) -> URL { url.appendingPathComponent("results/\(trial.slug).lock") }

  /// The visual words that trials of a seed share.
  package func words(seed: UInt64) -> URL { url.appendingPathComponent("words/seed\(seed).safetensors") }

  /// Looks whether a series could begin in the folder, or go on there; changes nothing.
  ///
  /// - Throws: ``ChangedSettings`` where it was begun with others; `InvalidSetting` where files of others lie.
  package func check<Configuration: RunConfiguration>(for config: Configuration) throws {
    guard FileManager.default.fileExists(atPath: configuration.path) else { return try refuseStrangers() }
    try ChangedSettings.check(config, since: Configuration(savedAt: configuration), of: .series)
  }

  /// Creates what is missing, or checks that what is there was begun with the same settings.
  ///
  /// - Throws: `FileError`; as ``check(for:)``.
  package func claim<Configuration: RunConfiguration>(for config: Configuration) throws {
    try check(for: config)
    try Folders.create(url)
    try OutputMark.claim(url, own: ["runs", "results", "words"], writer: "trials")
    for folder in ["runs", "results"] { try Folders.create(url.appendingPathComponent(folder)) }
    let text = try config.yaml(header: ["splitmask \(Version.current)"])
    try AtomicFile.write(Data(text.utf8), to: configuration)
  }

  /// Refuses a folder without a series in which files lie where a series writes.
  private func refuseStrangers() throws {
    let names = ["comparison", "results"].flatMap { name in ["html", "json", "md"].map { "\(name).\($0)" } }
    let folders = ["runs", "results", "words"].filter { name in
      let folder = url.appendingPathComponent(name).path
      return (try? FileManager.default.contentsOfDirectory(atPath: folder))?.contains {
        !$0.hasPrefix(".") && !$0.hasSuffix(".lock")
      } == true
    }
    let files = names.filter { FileManager.default.fileExists(atPath: url.appendingPathComponent($0).path) }
    guard let found = (files + folders).first else { return }
    throw InvalidSetting(
      "out", "\(url.path) holds something else already (\(found)); name another folder, or one of the same series")
  }

  /// What was recorded of a trial; an empty record where nothing was.
  ///
  /// - Throws: ``DamagedRecord``.
  package func load(_ trial: Trial) throws -> TrialRecord {
    let file = record(trial)
    guard FileManager.default.fileExists(atPath: file.path) else {
      return TrialRecord(method: trial.name, seed: trial.seed)
    }
    let content = try Data(contentsOf: file)
    do {
      return try JSONDecoder().decode(TrialRecord.self, from: content)
    } catch is DecodingError {
      throw DamagedRecord(path: file.path)
    }
  }

  /// Records what is known of a trial.
  package func save(_ record: TrialRecord, of trial: Trial) throws {
    try AtomicFile.write(try JSONEncoder().encode(record), to: self.record(trial))
  }
}

/// What was recorded of a trial and cannot be read any more.
public struct DamagedRecord: UserFacingError, Hashable, Sendable {
  /// The file.
  public let path: String

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// The file, and how to go on.
  public var description: String {
    "\(path) is damaged: it is no record of a trial. Delete it, and what it held is measured again"
  }
}
