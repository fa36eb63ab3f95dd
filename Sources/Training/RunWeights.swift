import DurableFiles
public import Foundation

/// The weights that a path on the command line stands for: a file; what a run leaves when it is complete; or the newest whole
/// checkpoint of a run that is not.
public struct RunWeights: Hashable, Sendable {
  /// What is asked for.
  public enum Kind: String, Hashable, Sendable {
    case encoder, classifier, detector, segmenter

    /// The files of a complete run that hold it, the best first.
    fileprivate func files(in folder: RunFolder) -> [URL] {
      switch self {
      case .encoder: [folder.encoder, folder.classifier, folder.detector, folder.segmenter]
      case .classifier: [folder.classifier]
      case .detector: [folder.detector]
      case .segmenter: [folder.segmenter]
      }
    }
  }

  /// The file to read.
  public let file: URL
  /// What the user should know of the choice; each a line.
  public let notes: [String]

  /// Looks for the weights; reads a checkpoint to see that it is whole.
  ///
  /// - Throws: ``TrainingError/noWeights(path:reason:)``; Foundation's error when a folder cannot be read.
  public init(at path: String, _ kind: Kind) throws {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw TrainingError.noWeights(path: path, reason: "there is nothing at that path")
    }
    guard isFolder.boolValue else {
      (file, notes) = (url, [])
      return
    }
    let run = RunFolder(at: url)
    func isThere(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
    if let found = kind.files(in: run).first(where: isThere) {
      file = found
      notes =
        (kind == .encoder && found != run.encoder ? ["the encoder in \(found.relativePath) is taken"] : [])
        + (try RunWeights.noteOfLongerRun(run, found))
      return
    }
    if let other = Kind.encoder.files(in: run).first(where: isThere) {
      throw TrainingError.noWeights(
        path: path,
        reason:
          "it is a run of another kind: it has \(other.lastPathComponent), but no \(kind.rawValue); \(RunWeights.use(of: other, run))"
      )
    }
    if let weights = try CheckpointStore.weights(in: url, kind) {
      (file, notes) = (weights, [])
      return
    }
    if [.encoder, .classifier].contains(kind),
      let model = RunWeights.modelFiles.lazy.map({ url.appending(path: $0) }).first(where: isThere)
    {
      (file, notes) = (model, [])
      return
    }
    (file, notes) = try RunWeights.newest(of: run, kind, path: path)
  }

  /// What other programs call the weights in the folder of a model, and their index where they are several.
  private static let modelFiles = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
  ]

  /// Which command takes a file of a run.
  private static func use(of file: URL, _ run: RunFolder) -> String {
    switch file {
    case run.classifier: "'splitmask predict' takes it"
    case run.detector: "'splitmask detect' takes it"
    case run.segmenter: "'splitmask segment' takes it"
    default: "'splitmask finetune', 'detect train' and 'segment train' start from it"
    }
  }

  /// What to know where a complete run was made longer and then stopped: the file is of its first end.
  private static func noteOfLongerRun(_ run: RunFolder, _ file: URL) throws -> [String] {
    guard let saved = try run.checkpointSteps().last, let planned = run.plannedSteps, saved < planned else { return [] }
    return [
      "\(file.lastPathComponent) is of an earlier end of the run, which was stopped at step \(saved) of \(planned); "
        + "--resume it, or name the checkpoint: \(run.checkpoint(saved).relativePath)"
    ]
  }

  /// The newest checkpoint that is whole.
  private static func newest(of run: RunFolder, _ kind: Kind, path: String) throws -> (file: URL, notes: [String]) {
    var notes: [String] = []
    for step in try run.checkpointSteps().reversed() {
      let checkpoint = run.checkpoint(step)
      do {
        guard let file = try CheckpointStore.weights(in: checkpoint, kind) else { continue }
        return (file, notes + ["the run in \(path) is not complete: its checkpoint of step \(step) is taken"])
      } catch let error where error is SafetensorsError || error is FileError {
        notes.append("a damaged checkpoint was passed over: \(error)")
      }
    }
    throw TrainingError.noWeights(path: path, reason: reason(run, damaged: notes))
  }

  /// Why a folder holds nothing to take.
  private static func reason(_ run: RunFolder, damaged: [String]) -> String {
    if !damaged.isEmpty { return "none of its checkpoints is whole:\n" + damaged.joined(separator: "\n") }
    if FileManager.default.fileExists(atPath: run.configuration.path) {
      return "the run in it has saved no checkpoint yet"
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: run.url.path)) ?? []
    let endings = [".safetensors", ".pth", ".pt", ".bin"]
    let files = names.filter { name in endings.contains { name.hasSuffix($0) } }
    guard let first = files.min() else { return "it is a folder that holds no run" }
    return
      "it is a folder that holds no run; name the file in it, such as \(run.url.appending(path: first).relativePath)"
  }
}
