import Foundation
package import ImageData
import Settings
public import SplitMaskCore
package import Torch
import Training

/// Processes that were not started alike.
public struct ProcessesDiffer: UserFacingError, Hashable, Sendable {
  /// Which process differs from the first, and in what.
  public let differences: [String]

  /// What was asked is wrong.
  public var exitStatus: ExitStatus { .usage }

  /// Which processes, and what to do.
  public var description: String {
    """
    the processes were not started alike:
    \(differences.map { "  " + $0 }.joined(separator: "\n"))
    Start all of them with the same settings, images and version.
    """
  }
}

/// What processes must have in common before they train together: version, settings, images.
package struct ProcessAgreement<Config: Codable>: Codable {
  private let version: String
  private let config: Config
  private let images: DatasetIdentity

  /// Compares what all processes have.
  ///
  /// - Parameter allowedKeys: settings that may differ.
  /// - Throws: ``ProcessesDiffer``, in all of them; `ProcessGroupError`.
  package static func check(
    _ config: Config, images: ImageDataset, among processes: ProcessGroup, allowing allowedKeys: Set<String>
  ) throws {
    guard !processes.isAlone else { return }
    let all = try processes.gathered(ProcessAgreement(config, images: images))
    let differences = try all.enumerated().dropFirst().flatMap { rank, other in
      try other.differences(from: all[0], allowing: allowedKeys).map { "process \(rank), process 0: \($0)" }
    }
    guard differences.isEmpty else { throw ProcessesDiffer(differences: differences) }
  }

  private init(_ config: Config, images: ImageDataset) {
    version = "splitmask \(Version.current), libtorch \(Engine.version)"
    self.config = config
    self.images = DatasetIdentity(of: images)
  }

  private func differences(
    from first: ProcessAgreement, allowing allowedKeys: Set<String>
  ) throws -> [String] {
    var found: [String] = []
    if version != first.version { found.append("\(version), \(first.version)") }
    let settings = try ConfigurationTree(encoding: config).differences(to: ConfigurationTree(encoding: first.config))
    // Machines may keep the same images in different places, which the names below tell.
    found += settings.filter { !allowedKeys.contains($0.key) && !$0.key.hasPrefix("data.") }.map {
      "\($0.key) is \($0.before?.inlineYAML ?? "not set"), \($0.after?.inlineYAML ?? "not set")"
    }
    if images.count != first.images.count {
      found.append("\(images.count) images, \(first.images.count)")
    } else if images != first.images {
      found.append("other images or classes, by their names")
    }
    return found
  }
}
