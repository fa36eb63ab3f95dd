import Classification
import DenseTasks
public import Foundation
import Settings
import SplitMaskCore
import Training

/// What a run folder holds, without the settings' details: which training, of what, how far.
public struct RunSummary: Codable, Hashable, Sendable {
  /// What kind of training it is.
  public enum Kind: String, Codable, Hashable, Sendable {
    /// `splitmask pretrain`.
    case pretrain
    /// `splitmask finetune`.
    case finetune
    /// `splitmask detect train`.
    case detect
    /// `splitmask segment train`.
    case segment
  }

  /// How far it is.
  public enum State: String, Codable, Hashable, Sendable {
    /// A process trains in the folder now.
    case running
    /// It was stopped, and can be resumed.
    case stopped
    /// It is at its end, and what it made is there.
    case complete
  }

  /// The run folder.
  public let path: String
  /// What kind of training it is.
  public let kind: Kind
  /// The method of a pretraining, such as `splitmask`; nil for other kinds.
  public let method: String?
  /// The training images, as the configuration names them.
  public let data: [String]
  /// Updates done: those that a resume would not repeat, of a running run those that were logged.
  public let steps: Int
  /// Updates in all; nil where a run of an earlier version does not say.
  public let totalSteps: Int?
  /// How far it is.
  public let state: State
  /// Size on the disk.
  public let bytes: Int

  private enum CodingKeys: String, CodingKey {
    case path, kind, method, data, steps, state, bytes
    case totalSteps = "total_steps"
  }

  /// The run in a folder; nil where there is none, or one of another program.
  public init?(of url: URL) {
    let folder = RunFolder(at: url)
    guard let text = try? String(contentsOf: folder.configuration, encoding: .utf8),
      let settings = try? ConfigurationTree(yaml: text, source: folder.configuration.path),
      let (kind, data) = Self.kind(settings)
    else { return nil }
    (path, self.kind, self.data) = (url.path, kind, data)
    method = kind == .pretrain ? settings["method"]?.text : nil
    let hasProduct = FileManager.default.fileExists(atPath: Self.product(of: kind, in: folder).path)
    let saved = (try? folder.checkpointSteps().last) ?? 0
    let isRunning = folder.isInUse
    let logged = isRunning ? (try? MetricsLog.rows(of: folder.metrics).last?.step) ?? 0 : 0
    steps = max(saved, logged)
    totalSteps = folder.plannedSteps ?? settings["training"]?["steps"]?.integer ?? (hasProduct ? steps : nil)
    // A run that was made longer and then stopped has what it made at its first end.
    let isComplete = hasProduct && (saved == 0 || saved >= totalSteps ?? 0)
    state = isRunning ? .running : isComplete ? .complete : .stopped
    bytes = Self.size(of: url)
  }

  /// The runs at and below a folder, by path. Hidden folders and what links lead to are not looked at.
  public static func all(below url: URL) -> [RunSummary] {
    var found: [RunSummary] = []
    var folders = [url]
    while let folder = folders.popLast() {
      WorkProgress.report("looking for runs", done: found.count)
      if let run = RunSummary(of: folder) {
        found.append(run)
      } else {
        folders += subfolders(of: folder)
      }
    }
    return found.sorted { $0.path < $1.path }
  }

  /// The kind by what its configuration has, and the images.
  private static func kind(_ settings: ConfigurationTree) -> (Kind, [String])? {
    guard let data = settings["data"] else { return nil }
    if settings["method"] != nil, let images = data["images"] { return (.pretrain, images.texts) }
    if let train = data["train"] { return (.finetune, train.texts) }
    if data["annotations"] != nil, let images = data["images"] { return (.detect, images.texts) }
    if let folder = data["folder"] { return (.segment, folder.texts) }
    return nil
  }

  /// What a complete run has made.
  private static func product(of kind: Kind, in folder: RunFolder) -> URL {
    switch kind {
    case .pretrain: folder.encoder
    case .finetune: folder.classifier
    case .detect: folder.detector
    case .segment: folder.segmenter
    }
  }

  private static func subfolders(of url: URL) -> [URL] {
    // Not Foundation's listing, which looks at every file of a folder of a million images.
    guard let stream = opendir(url.path) else { return [] }
    defer { closedir(stream) }
    var found: [URL] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard entry.pointee.d_type == UInt8(DT_DIR), !name.hasPrefix(".") else { continue }
      found.append(url.appending(path: name))
    }
    return found
  }

  private static func size(of url: URL) -> Int {
    let files = FileManager.default.enumerator(at: url, includingPropertiesForKeys: [.fileSizeKey, .isRegularFileKey])
    var sum = 0
    while let file = files?.nextObject() as? URL {
      let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
      // A folder has no content of its own.
      if values?.isRegularFile == true { sum += values?.fileSize ?? 0 }
    }
    return sum
  }
}

extension ConfigurationTree {
  /// The text, else nil.
  fileprivate var text: String? { if case .text(let text) = self { text } else { nil } }

  /// The whole number, else nil.
  fileprivate var integer: Int? { if case .integer(let value) = self { Int(exactly: value) } else { nil } }

  /// The text, or the texts of a list.
  fileprivate var texts: [String] {
    if case .list(let items) = self { items.compactMap(\.text) } else { text.map { [$0] } ?? [] }
  }
}
