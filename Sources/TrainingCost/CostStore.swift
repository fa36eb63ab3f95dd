import DurableFiles
public import Foundation
package import ImageData
package import Settings
import SplitMaskCore
package import Torch

/// What updates cost on this machine, kept from one time to the next, so that each kind of run is measured once.
public struct CostStore: Sendable {
  private let folder: URL
  /// Whether what is measured beside other programs is kept too.
  package let trustsBusyMachine: Bool

  /// - Parameters:
  ///   - folder: for the costs; made when the first is kept.
  ///   - trustsBusyMachine: whether what is measured while other programs keep the processors busy is kept too.
  public init(_ folder: URL, trustsBusyMachine: Bool = false) {
    self.folder = folder
    self.trustsBusyMachine = trustsBusyMachine
  }

  /// What is kept under a key; nil where nothing is, or it cannot be read.
  package func cost(_ key: CostKey) -> UpdateCost? {
    guard let file = try? file(key), let data = try? Data(contentsOf: file) else { return nil }
    return try? JSONDecoder().decode(UpdateCost.self, from: data)
  }

  /// Keeps what was measured; does nothing where the folder cannot be written.
  package func keep(_ cost: UpdateCost, _ key: CostKey) {
    guard let file = try? file(key), let data = try? JSONEncoder().encode(cost) else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? AtomicFile.write(data, to: file)
  }

  private func file(_ key: CostKey) throws -> URL {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let digest = try encoder.encode(key).withUnsafeBytes { ContentDigest($0) }
    return folder.appending(path: "\(digest).json")
  }
}

/// Everything that an update's cost depends on.
package struct CostKey: Encodable {
  private let version = Version.current
  private let engine = Engine.version
  private let processors = ProcessInfo.processInfo.activeProcessorCount
  private let threads = Engine.threadCount
  private let machine: String
  private let device: String
  /// What kind of run it is.
  private let kind: String
  /// Its settings as YAML.
  private let settings: String
  private let keepsDecodedImages: Bool
  /// Pixels of a typical image, to a power of two: how long it takes to decode.
  private let pixels: Int
  /// Sizes of the batches that are measured.
  private var batches: [Int] = []

  /// - Parameter settings: that change what an update costs.
  package init<Settings: RunConfiguration>(
    _ settings: Settings, of dataset: ImageDataset, device: Device, keepsDecodedImages: Bool
  ) throws {
    kind = "\(Settings.self)"
    self.settings = try ConfigurationTree(encoding: settings).yaml()
    let side = dataset.typicalShortSide
    pixels = (side * side).leadingZeroBitCount
    self.device = "\(device)"
    self.keepsDecodedImages = keepsDecodedImages
    machine = Self.processorName
  }

  /// The key of what batches of such sizes tell.
  package func measured(_ batches: [Int]) -> CostKey {
    var result = self
    result.batches = batches
    return result
  }

  /// The processor's name, so that a folder that several machines share tells them apart; empty where it is not known.
  private static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").first { $0.hasPrefix("model name") }.map(String.init) ?? ""
  }
}
