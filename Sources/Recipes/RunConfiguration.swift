import DurableFiles
public import Foundation
import Torch
import Training

/// Settings that decide a run and are kept in its folder.
public protocol RunConfiguration: Codable, Sendable {
  /// Defaults, to read a file over.
  init()
  /// Settings that change nothing about the result, and so may change when a run is resumed.
  static var keysChangeableOnResume: Set<String> { get }
  /// Gives settings that the file of an earlier version lacks the values that runs of that version had.
  mutating func completeAsEarlierVersions()
}

extension RunConfiguration {
  /// Nothing to complete.
  public mutating func completeAsEarlierVersions() {}
}

extension PretrainConfig {
  /// Whole batches were computed at once, with the published settings.
  public mutating func completeAsEarlierVersions() {
    training.replicas = training.replicas ?? 1
    preset = preset ?? .paper
  }
}

extension FineTuneConfig {
  /// Whole batches were computed at once, and test images might be training images.
  public mutating func completeAsEarlierVersions() {
    guard training.replicas == nil else { return }
    (training.replicas, data.allowOverlap) = (1, true)
  }
}

extension DetectionConfig {
  /// Whole batches were computed at once, with the published settings.
  public mutating func completeAsEarlierVersions() {
    training.replicas = training.replicas ?? 1
    preset = preset ?? DensePreset.paper
  }
}

extension SegmentationConfig {
  /// Whole batches were computed at once, with the published settings.
  public mutating func completeAsEarlierVersions() {
    training.replicas = training.replicas ?? 1
    preset = preset ?? DensePreset.paper
  }
}

extension RunConfiguration {
  /// The settings of the run in a folder.
  ///
  /// - Throws: `RunFolderError` when there is none; as ``ConfigurationOverlay``.
  public static func ofRun(in url: URL) throws -> Self {
    try ofRun(in: RunFolder.existing(at: url))
  }

  static func ofRun(in folder: RunFolder) throws -> Self {
    var saved = try ConfigurationOverlay.applying(file: folder.configuration, to: Self())
    saved.completeAsEarlierVersions()
    return saved
  }

  /// Claims the folder of a new run, or takes up the run that is there, and keeps other processes out.
  ///
  /// Of several processes the first does, and the others only know where the folder is.
  ///
  /// - Parameter images: the run's images; the first process has them.
  /// - Returns: The folder, and the lock to hold on to; nil where the file system knows none.
  /// - Throws: `RunFolderError`; ``ChangedSettings`` when the run was started with others and no change is allowed.
  func claim(
    _ url: URL, resuming: Bool, allowingChange: Bool, images: RunImages?, processes: ProcessGroup = .alone
  ) throws -> (folder: RunFolder, lock: LockFile?) {
    guard processes.isFirst else { return (RunFolder(at: url), nil) }
    let claim = try RunFolder.claim(at: url, resuming: resuming)
    if let images, resuming, !allowingChange { try ChangedSettings.check(self, images, against: claim.folder) }
    return claim
  }

  /// Writes the settings into the run folder, with the versions that ran them.
  func write(to folder: RunFolder) throws {
    let header = ["splitmask \(PretrainingRun.version), libtorch \(Engine.version)"]
    let text = try ConfigurationTree(encoding: self).yaml(header: header)
    try AtomicFile.write(Data(text.utf8), to: folder.configuration)
  }

  /// Writes the settings where the folder has none yet: before any checkpoint, so that a run that ends at any moment
  /// after can be resumed.
  func writeIfNew(to folder: RunFolder) throws {
    guard !FileManager.default.fileExists(atPath: folder.configuration.path) else { return }
    try write(to: folder)
  }
}
