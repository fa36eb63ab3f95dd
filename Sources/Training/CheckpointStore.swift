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

  /// Why a checkpoint is damaged though each of its files can be read.
  private struct Damage: Error, CustomStringConvertible {
    let description: String
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
    let auxiliary: [String: Tensor]
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
  /// - Parameter metadata: what the files of weights say of the network in them (``TrainingTask/weightsMetadata()``).
  /// - Returns: The checkpoint's folder.
  package func save(
    step: Int, skippedUpdates: Int = 0, processes: Int = 1, model: Module, auxiliary: Module? = nil,
    metadata: [String: String] = [:], optimizer: AdamW
  ) throws -> URL {
    let checkpoint = folder.checkpoint(step)
    try AtomicFolder.create(checkpoint) { aside in
      try write(model, metadata, to: Self.weightsFile(aside))
      if let auxiliary { try write(auxiliary, metadata, to: Self.auxiliaryFile(aside)) }
      let moments = optimizer.stateDictionary.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
      try SafetensorsWriter.write(moments, to: Self.momentsFile(aside))
      let state = State(step: step, skippedUpdates: skippedUpdates, processes: processes)
      try AtomicFile.write(try JSONEncoder().encode(state), to: Self.stateFile(aside))
    }
    try folder.removeCheckpoints(keepingLast: keep)
    return checkpoint
  }

  /// Reads the newest checkpoint that is whole into model and optimizer.
  ///
  /// - Returns: What was read; nil when no checkpoint had been written yet.
  /// - Throws: ``TrainingError`` when none is whole, or when the newest whole one is of another architecture.
  package func restore(model: Module, auxiliary: Module? = nil, optimizer: AdamW) throws -> Restored? {
    let steps = try folder.checkpointSteps()
    guard !steps.isEmpty else { return nil }
    var damaged: [String] = []
    for step in steps.reversed() {
      let checkpoint = folder.checkpoint(step)
      let content: Content
      do {
        content = try read(checkpoint, step: step, hasAuxiliary: auxiliary != nil)
      } catch {
        damaged.append("\(checkpoint.lastPathComponent): \(error)")
        continue
      }
      do {
        // All are checked before any is changed.
        try StateMismatch.check(content.weights, against: model.stateDictionary)
        if let auxiliary { try StateMismatch.check(content.auxiliary, against: auxiliary.stateDictionary) }
        try optimizer.load(content.moments)
        try model.load(content.weights)
        try auxiliary?.load(content.auxiliary)
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

  /// The file of a checkpoint that holds weights of a kind: the model's, or a teacher's where an encoder is asked for and there is
  /// one. nil where the folder is no checkpoint.
  ///
  /// - Throws: `SafetensorsError` where the file is damaged; ``TrainingError/noWeights(path:reason:)`` for a checkpoint of an
  ///   earlier version, which does not say what it holds.
  package static func weights(in checkpoint: URL, _ kind: RunWeights.Kind) throws -> URL? {
    guard FileManager.default.fileExists(atPath: stateFile(checkpoint).path) else { return nil }
    let model = try SafetensorsFile(weightsFile(checkpoint))
    guard model.metadata["format_version"] != nil else {
      throw TrainingError.noWeights(
        path: checkpoint.path,
        reason:
          "it is of an earlier version, which did not write down what it holds; take the run up with --resume first")
    }
    if kind == .encoder, FileManager.default.fileExists(atPath: auxiliaryFile(checkpoint).path) {
      let auxiliary = try SafetensorsFile(auxiliaryFile(checkpoint))
      if auxiliary.names.contains(where: { $0.hasSuffix("patch_embed.proj.weight") }) { return auxiliary.url }
    }
    return model.url
  }

  private func write(_ module: Module, _ metadata: [String: String], to file: URL) throws {
    try SafetensorsWriter.write(
      module.namedParameters.map { (name: $0.key, tensor: $0.parameter.value.detached()) }, metadata: metadata, to: file
    )
  }

  private func read(_ checkpoint: URL, step: Int, hasAuxiliary: Bool) throws -> Content {
    let state = try JSONDecoder().decode(State.self, from: try Data(contentsOf: Self.stateFile(checkpoint)))
    guard state.step == step else { throw Damage(description: "its state.json is of step \(state.step)") }
    let weights = try SafetensorsFile(Self.weightsFile(checkpoint)).tensors()
    if let name = weights.firstNonFinite { throw Damage(description: "'\(name)' holds NaN or an infinity") }
    return Content(
      state: state, weights: weights,
      auxiliary: hasAuxiliary ? try SafetensorsFile(Self.auxiliaryFile(checkpoint)).tensors() : [:],
      moments: try SafetensorsFile(Self.momentsFile(checkpoint)).tensors())
  }

  private static func weightsFile(_ folder: URL) -> URL { folder.appendingPathComponent("model.safetensors") }
  private static func auxiliaryFile(_ folder: URL) -> URL { folder.appendingPathComponent("companion.safetensors") }
  private static func momentsFile(_ folder: URL) -> URL { folder.appendingPathComponent("optimizer.safetensors") }
  private static func stateFile(_ folder: URL) -> URL { folder.appendingPathComponent("state.json") }
}
