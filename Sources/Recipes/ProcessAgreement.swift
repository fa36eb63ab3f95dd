import Foundation
package import ImageData
package import Torch
import Training

/// Processes that were not started alike.
public struct ProcessesDiffer: Error, Hashable, Sendable, CustomStringConvertible {
  /// Which process differs from the first, and in what.
  public let differences: [String]

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
  private let images: Int
  private let names: String

  /// Compares what all processes have.
  ///
  /// - Parameter harmlessKeys: settings that may differ.
  /// - Throws: ``ProcessesDiffer``, in all of them; `ProcessGroupError`.
  package static func check(
    _ config: Config, images: ImageDataset, among processes: ProcessGroup, allowing harmlessKeys: Set<String>
  ) throws {
    guard !processes.isAlone else { return }
    let all = try processes.gathered(ProcessAgreement(config, images: images))
    let differences = try all.enumerated().dropFirst().flatMap { rank, other in
      try other.differences(from: all[0], allowing: harmlessKeys).map { "process \(rank), process 0: \($0)" }
    }
    guard differences.isEmpty else { throw ProcessesDiffer(differences: differences) }
  }

  private init(_ config: Config, images: ImageDataset) {
    version = "splitmask \(PretrainingRun.version), libtorch \(Engine.version)"
    self.config = config
    self.images = images.count
    names = ProcessAgreement.digest(of: images)
  }

  /// A digest of all names; of some thousand at a time, since there may be millions.
  private static func digest(of images: ImageDataset) -> String {
    var digest = images.classNames.joined(separator: "\n")
    for start in stride(from: 0, to: images.count, by: 4096) {
      let some = (start..<min(images.count, start + 4096)).map { images.relativeName(of: $0) }
      digest = Array((digest + some.joined(separator: "\n")).utf8).withUnsafeBytes { "\(ContentDigest($0))" }
    }
    return digest
  }

  private func differences(
    from first: ProcessAgreement, allowing harmlessKeys: Set<String>
  ) throws -> [String] {
    var found: [String] = []
    if version != first.version { found.append("\(version), \(first.version)") }
    let settings = try ConfigurationTree(encoding: config).differences(to: ConfigurationTree(encoding: first.config))
    // Machines may keep the same images in different places, which the names below tell.
    found += settings.filter { !harmlessKeys.contains($0.key) && !$0.key.hasPrefix("data.") }.map {
      "\($0.key) is \($0.before?.inlineYAML ?? "not set"), \($0.after?.inlineYAML ?? "not set")"
    }
    if images != first.images {
      found.append("\(images) images, \(first.images)")
    } else if names != first.names {
      found.append("other images or classes, by their names")
    }
    return found
  }
}
