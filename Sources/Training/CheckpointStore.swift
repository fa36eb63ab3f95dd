import DurableFiles
package import Foundation
import Torch
package import TorchNN
package import TorchOptim

/// The checkpoints of a run: written whole or not at all, the last few kept.
package struct CheckpointStore {
  /// Where a run was.
  private struct State: Codable {
    /// Of this layout.
    var version = 1
    /// Updates done.
    let step: Int
    /// Updates among them that were left out; checkpoints of earlier versions do not say.
    let skippedUpdates: Int?
    /// Processes that trained together; checkpoints of earlier versions do not say.
    let processes: Int?
  }

  /// What a resume found.
  package struct Restored: Codable {
    /// Updates done.
    package let step: Int
    /// Updates among them that were left out.
    package let skippedUpdates: Int
    /// Processes that trained together.
    package let processes: Int
    /// Damaged checkpoints that were passed over.
    package let warnings: [String]
  }

  /// What a checkpoint holds.
  private struct Content {
    let state: State
    let weights: [String: Tensor]
    let companion: [String: Tensor]
    let moments: [String: Tensor]
  }

  private let folder: RunFolder
  private let keep: Int

  package init(folder: RunFolder, keep: Int) {
    self.folder = folder
    self.keep = keep
  }

  /// Writes everything that a bit-exact resume needs, then removes checkpoints beyond the last `keep`.
  ///
  /// - Returns: The checkpoint's folder.
  package func save(
    step: Int, skippedUpdates: Int = 0, processes: Int = 1, model: Module, companion: Module? = nil, optimizer: AdamW
  ) throws -> URL {
    let checkpoint = folder.checkpoint(step)
    try AtomicFolder.create(checkpoint) { aside in
      try write(model, to: weightsFile(aside))
      if let companion { try write(companion, to: companionFile(aside)) }
      let moments = optimizer.stateDictionary.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
      try SafetensorsWriter.write(moments, to: momentsFile(aside))
      let state = State(step: step, skippedUpdates: skippedUpdates, processes: processes)
      try AtomicFile.write(try JSONEncoder().encode(state), to: stateFile(aside))
    }
    try folder.removeCheckpoints(keepingLast: keep)
    return checkpoint
  }

  /// Reads the newest checkpoint that is whole into model and optimizer.
  ///
  /// - Returns: What was read; nil when no checkpoint had been written yet.
  /// - Throws: ``TrainingError`` when none is whole, or when the newest whole one is of another architecture.
  package func restore(model: Module, companion: Module? = nil, optimizer: AdamW) throws -> Restored? {
    let steps = try folder.checkpointSteps()
    guard !steps.isEmpty else { return nil }
    var damaged: [String] = []
    for step in steps.reversed() {
      let checkpoint = folder.checkpoint(step)
      let content: Content
      do {
        content = try read(checkpoint, hasCompanion: companion != nil)
      } catch {
        damaged.append("\(checkpoint.lastPathComponent): \(error)")
        continue
      }
      do {
        // All are checked before any is changed.
        try StateMismatch.check(content.weights, against: model.stateDictionary)
        if let companion { try StateMismatch.check(content.companion, against: companion.stateDictionary) }
        try optimizer.load(content.moments)
        try model.load(content.weights)
        try companion?.load(content.companion)
      } catch let mismatch as StateMismatch {
        throw TrainingError.foreignCheckpoint(path: checkpoint.path, reason: "\(mismatch)")
      }
      let warnings = damaged.map { "a damaged checkpoint was passed over: \($0)" }
      return Restored(
        step: content.state.step, skippedUpdates: content.state.skippedUpdates ?? 0,
        processes: content.state.processes ?? 1, warnings: warnings)
    }
    throw TrainingError.noUsableCheckpoint(folder: folder.checkpoints.path, reasons: damaged)
  }

  private func write(_ module: Module, to file: URL) throws {
    try SafetensorsWriter.write(
      module.namedParameters.map { (name: $0.key, tensor: $0.parameter.value.detached()) }, to: file)
  }

  private func read(_ checkpoint: URL, hasCompanion: Bool) throws -> Content {
    Content(
      state: try JSONDecoder().decode(State.self, from: try Data(contentsOf: stateFile(checkpoint))),
      weights: try SafetensorsFile(weightsFile(checkpoint)).tensors(),
      companion: hasCompanion ? try SafetensorsFile(companionFile(checkpoint)).tensors() : [:],
      moments: try SafetensorsFile(momentsFile(checkpoint)).tensors())
  }

  private func weightsFile(_ folder: URL) -> URL { folder.appendingPathComponent("model.safetensors") }
  private func companionFile(_ folder: URL) -> URL { folder.appendingPathComponent("companion.safetensors") }
  private func momentsFile(_ folder: URL) -> URL { folder.appendingPathComponent("optimizer.safetensors") }
  private func stateFile(_ folder: URL) -> URL { folder.appendingPathComponent("state.json") }
}
