public import DurableFiles
public import Foundation
public import SplitMaskCore

/// The folder of one run: where its files are, and how a run claims it.
public struct RunFolder: Hashable, Sendable {
  /// The folder itself.
  public let url: URL

  /// The resolved configuration, with seed and versions.
  public var configuration: URL { file("config.yaml") }
  /// Which images the run has: how many, of which classes, and a digest of their names.
  public var images: URL { file("images.json") }
  /// What the run set out to do: its ``TrainingPlan`` as JSON.
  public var plan: URL { file("plan.json") }
  /// One JSON object per logged step.
  public var metrics: URL { file("metrics.jsonl") }
  /// The folder of checkpoints.
  public var checkpoints: URL { file("checkpoints") }
  /// The encoder alone.
  public var encoder: URL { file("encoder.safetensors") }
  /// A classifier, of the last update.
  public var classifier: URL { file("classifier.safetensors") }
  /// A detector, of the last update.
  public var detector: URL { file("detector.safetensors") }
  /// A segmenter, of the last update.
  public var segmenter: URL { file("segmenter.safetensors") }
  /// The visual vocabulary.
  public var tokenizer: URL { file("tokenizer.safetensors") }
  /// The folder of reconstructions.
  public var pictures: URL { file("pictures") }
  /// What could not be read, and why.
  public var skippedImages: URL { file("skipped-images.txt") }

  /// The folder of a run that exists or not: nothing is looked at.
  public init(at url: URL) {
    self.url = url
  }

  /// Claims a folder for a new run, creating it and its parents when they are missing.
  ///
  /// Files that are none of a run's may be in it. What the run writes is marked as output (`OutputMark`), so that a run
  /// folder among images does not become input.
  ///
  /// - Throws: `RunFolderError` when it holds a run already, or something where a run writes; `FileError` when nothing can be written there.
  public static func create(at url: URL) throws -> RunFolder {
    let folder = RunFolder(at: url)
    try Folders.create(url)
    try folder.requireFree()
    try folder.prepare()
    try OutputMark.claim(
      url, own: [folder.checkpoints, folder.pictures].map(\.lastPathComponent), writer: "a run")
    return folder
  }

  /// The run in a folder, to be looked at: nothing is changed.
  ///
  /// - Throws: `RunFolderError.noRun` when it holds none.
  public static func existing(at url: URL) throws -> RunFolder {
    let folder = RunFolder(at: url)
    guard FileManager.default.fileExists(atPath: folder.configuration.path) else {
      throw RunFolderError.noRun(path: url.path)
    }
    return folder
  }

  /// Takes up the run in a folder.
  ///
  /// - Throws: `RunFolderError.noRun` when it holds none, `FileError` when nothing can be written there.
  public static func resume(at url: URL) throws -> RunFolder {
    let folder = try existing(at: url)
    try folder.prepare()
    return folder
  }

  /// Creates a run or takes one up, and keeps other processes out of its folder.
  ///
  /// The lock comes first: what a crashed run left behind looks like what a living one is just writing.
  ///
  /// - Returns: The folder, and the lock to hold on to; nil where the file system knows none.
  /// - Throws: `RunFolderError.inUse` when another process holds the folder; what ``create(at:)`` and ``resume(at:)``
  ///   throw.
  public static func claim(at url: URL, resuming: Bool) throws -> (folder: RunFolder, lock: LockFile?) {
    if resuming { _ = try existing(at: url) } else { try Folders.create(url) }
    do {
      let lock = try LockFile(RunFolder(at: url).lock)
      return (try resuming ? resume(at: url) : create(at: url), lock)
    } catch let held as LockFile.Held {
      throw RunFolderError.inUse(path: url.path, processID: held.processID)
    }
  }

  /// Looks whether a run could begin in a folder, or go on there, as ``claim(at:resuming:)`` will; changes nothing.
  ///
  /// - Throws: `RunFolderError`.
  public static func check(_ url: URL, resuming: Bool) throws {
    let folder = RunFolder(at: url)
    if resuming { _ = try existing(at: url) }
    if let held = LockFile.held(folder.lock) {
      throw RunFolderError.inUse(path: url.path, processID: held.processID)
    }
    if !resuming { try folder.requireFree() }
  }

  /// The folder of the checkpoint after `step` steps.
  public func checkpoint(_ step: Int) -> URL {
    let digits = String(step)
    let zeros = String(repeating: "0", count: max(0, 8 - digits.count))
    return checkpoints.appendingPathComponent("step-\(zeros)\(digits)", isDirectory: true)
  }

  /// The steps that have a checkpoint, oldest first.
  ///
  /// - Throws: Foundation's error when the folder cannot be read.
  public func checkpointSteps() throws -> [Int] {
    guard FileManager.default.fileExists(atPath: checkpoints.path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).compactMap { name in
      guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), checkpoint(step).lastPathComponent == name
      else { return nil }
      return step
    }.sorted()
  }

  /// Deletes all checkpoints but the last `count`.
  ///
  /// - Throws: Foundation's error when one cannot be deleted.
  package func removeCheckpoints(keepingLast count: Int) throws {
    for step in try checkpointSteps().dropLast(count) {
      try FileManager.default.removeItem(at: checkpoint(step))
    }
  }

  /// Updates of the whole run, as it was planned; nil where no plan is there.
  package var plannedSteps: Int? {
    (try? Data(contentsOf: plan)).flatMap { try? JSONDecoder().decode(TrainingPlan.self, from: $0) }?.totalSteps
  }

  /// Whether a process trains in it now.
  public var isInUse: Bool { LockFile.isHeld(lock) }

  /// Held by the process whose run it is, and there only while it runs.
  private var lock: URL { file(".lock") }

  private func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// - Throws: `RunFolderError` where a run is, or something where one writes.
  private func requireFree() throws {
    // Empty folders are what a run leaves that ended before it wrote anything; nothing is lost by starting there.
    let own = [configuration, metrics, encoder, tokenizer]
    let kept = try checkpointSteps().map(checkpoint)
    if let found = (own + kept).first(where: { FileManager.default.fileExists(atPath: $0.path) }) {
      throw RunFolderError.occupied(path: url.path, by: found.lastPathComponent)
    }
    if let found = try strangers().first { throw RunFolderError.wouldReplace(path: url.path, file: found) }
  }

  /// What lies where a run writes, though there is no run.
  private func strangers() throws -> [String] {
    let files = Self.resultNames.filter { FileManager.default.fileExists(atPath: file($0).path) }
    let inFolders = try [checkpoints, pictures].flatMap { folder -> [String] in
      guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted()
        .map { "\(folder.lastPathComponent)/\($0)" }
    }
    return files + inFolders
  }

  /// What every kind of run writes at its end or as it goes, beside what tells that there is one.
  private static let resultNames = [
    "classifier.safetensors", "best-classifier.safetensors", "classification.json", "detector.safetensors",
    "detection.json", "segmenter.safetensors", "segmentation.json", "skipped-images.txt", "images.json", "plan.json",
  ]

  /// Makes the folders, clears what a crash left, and makes sure that files can be written, before hours of work.
  private func prepare() throws {
    for folder in [checkpoints, pictures] { try Folders.create(folder) }
    for folder in [url, checkpoints, pictures] { try AtomicFolder.removeLeftovers(in: folder) }
    try Folders.requireWritable(url)
  }
}

/// Why a folder cannot serve a run.
public enum RunFolderError: UserFacingError, Hashable, Sendable {
  /// The folder holds a run already.
  case occupied(path: String, by: String)
  /// The folder holds a file that is no run's, where a run would write.
  case wouldReplace(path: String, file: String)
  /// The folder holds no run to resume.
  case noRun(path: String)
  /// Another process is at work on the run.
  case inUse(path: String, processID: Int?)

  /// What was asked is wrong.
  public var exitStatus: ExitStatus { .usage }

  /// What is wrong with which folder, and what to do.
  public var description: String {
    switch self {
    case .occupied(let path, let file):
      "\(path) holds a run already (\(file) is there). Resume it with --resume, or choose another folder"
    case .wouldReplace(let path, let file):
      "\(path) holds \(file), which a run there would replace or take for its own. Choose another folder"
    case .noRun(let path):
      "\(path) holds no run to resume (there is no config.yaml). Check the path, or start without --resume"
    case .inUse(let path, let processID):
      "\(path) is in use: \(processID.map { "process \($0)" } ?? "another process") is training there. Wait for it, "
        + "stop it (it saves first), or choose another folder"
    }
  }
}
