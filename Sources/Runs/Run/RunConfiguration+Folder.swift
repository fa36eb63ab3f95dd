import DurableFiles
public import Foundation
public import Settings
import SplitMaskCore
import Torch
package import Training

extension RunConfiguration {
  /// The settings of the run in a folder.
  ///
  /// - Throws: `RunFolderError` when there is none; as ``ConfigurationOverlay``.
  public static func ofRun(in url: URL) throws -> Self {
    try ofRun(in: RunFolder.existing(at: url))
  }

  package static func ofRun(in folder: RunFolder) throws -> Self {
    try Self(savedAt: folder.configuration)
  }

  /// Claims the folder of a new run, or takes up the run that is there, and keeps other processes out.
  ///
  /// Of several processes the first does, and the others only know where the folder is.
  ///
  /// - Parameter images: the run's images; the first process has them.
  /// - Returns: The folder, and the lock to hold on to; nil where the file system knows none.
  /// - Throws: `RunFolderError`; ``ChangedSettings`` when the run was started with others and no change is allowed.
  func claim(
    _ request: RunRequest, images: RunImages?, member: ProcessGroup
  ) throws -> (folder: RunFolder, lock: LockFile?) {
    guard member.isFirst else { return (RunFolder(at: request.folder), nil) }
    let claim = try RunFolder.claim(at: request.folder, resuming: request.resuming)
    if let images, request.resuming, !request.allowingChange { try checkUnchanged(images, since: claim.folder) }
    return claim
  }

  /// Compares settings and images with those of a run.
  ///
  /// - Throws: ``ChangedSettings`` with the differences that could change the result.
  func checkUnchanged(_ images: RunImages, since folder: RunFolder) throws {
    try ChangedSettings.check(self, since: Self.ofRun(in: folder), and: images.changes(since: folder), of: .run)
  }

  /// Writes the settings into the run folder, with the versions that ran them.
  func write(to folder: RunFolder) throws {
    let header = ["splitmask \(Version.current), libtorch \(Engine.version)"]
    try AtomicFile.write(Data(try yaml(header: header).utf8), to: folder.configuration)
  }

  /// Writes the settings where the folder has none yet: before any checkpoint, so that a run that ends at any moment
  /// after can be resumed.
  func writeIfNew(to folder: RunFolder) throws {
    guard !FileManager.default.fileExists(atPath: folder.configuration.path) else { return }
    try write(to: folder)
  }
}
