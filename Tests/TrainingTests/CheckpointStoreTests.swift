import DurableFiles
import Foundation
import TestSupport
import Testing
import Torch
import TorchOptim
import Training

@Suite struct CheckpointStoreTests {
  private let scratch: TemporaryFolder
  private let folder: RunFolder

  init() throws {
    scratch = try TemporaryFolder()
    folder = try RunFolder.create(at: scratch.file("run"))
  }

  private func optimizer(of task: StubTask) -> AdamW {
    AdamW(WeightDecayRule.matrices.groups(task.model, weightDecay: 0))
  }

  /// Saves at steps 1, 2, …, each with weights of its number.
  private func save(upTo last: Int, keep: Int) throws {
    let task = StubTask()
    let optimizer = optimizer(of: task)
    for step in 1...last {
      task.network.weight.assign(Tensor.full([3, 4], Double(step)))
      _ = try CheckpointStore(folder: folder, keep: keep).save(step: step, model: task.model, optimizer: optimizer)
    }
  }

  private func restore(into task: StubTask) throws -> CheckpointStore.Restored? {
    try CheckpointStore(folder: folder, keep: 3).restore(model: task.model, optimizer: optimizer(of: task))
  }

  private func cut(_ step: Int, _ name: String) throws {
    let file = folder.checkpoint(step).appendingPathComponent(name)
    let bytes = try Data(contentsOf: file)
    try bytes.prefix(bytes.count - 5).write(to: file)
  }

  @Test(arguments: [1, 3]) func lastAreKept(keep: Int) throws {
    try save(upTo: 5, keep: keep)
    #expect(try folder.checkpointSteps() == Array(1...5).suffix(keep))
  }

  @Test func newestIsRestored() throws {
    try save(upTo: 3, keep: 3)
    let task = StubTask()
    let restored = try #require(try restore(into: task))
    #expect(restored.step == 3 && restored.warnings.isEmpty)
    #expect(task.network.weight.value.array() == [Float](repeating: 3, count: 12))
  }

  @Test func skippedUpdatesAreKept() throws {
    let task = StubTask()
    let store = CheckpointStore(folder: folder, keep: 3)
    _ = try store.save(step: 4, skippedUpdates: 7, model: task.model, optimizer: optimizer(of: task))
    #expect(try restore(into: StubTask())?.skippedUpdates == 7)
    // As earlier versions wrote it.
    try Data(#"{"version":1,"step":4}"#.utf8).write(to: folder.checkpoint(4).appendingPathComponent("state.json"))
    let restored = try #require(try restore(into: StubTask()))
    #expect(restored.step == 4 && restored.skippedUpdates == 0 && restored.warnings.isEmpty)
  }

  @Test func thereIsNothingToRestoreBeforeTheFirst() throws {
    #expect(try restore(into: StubTask()) == nil)
  }

  @Test(arguments: ["model.safetensors", "optimizer.safetensors", "state.json"])
  func damagedNewestFallsBack(file: String) throws {
    try save(upTo: 3, keep: 3)
    try cut(3, file)
    let task = StubTask()
    let restored = try #require(try restore(into: task))
    #expect(restored.step == 2)
    #expect(restored.warnings.count == 1)
    #expect(restored.warnings[0].contains("damaged"))
    #expect(restored.warnings[0].contains("step-00000003"), "\(restored.warnings)")
    #expect(task.network.weight.value.array() == [Float](repeating: 2, count: 12))
  }

  /// Bytes that a disk or a copy has changed, anywhere; a state of another step; weights that are no numbers.
  @Test(arguments: ["model.safetensors", "optimizer.safetensors", "state.json", "values"])
  func flippedBytesFallBack(file: String) throws {
    try save(upTo: 2, keep: 3)
    let checkpoint = folder.checkpoint(2)
    switch file {
    case "state.json": try Data(#"{"version":1,"step":7}"#.utf8).write(to: checkpoint.appendingPathComponent(file))
    case "values":
      let url = checkpoint.appendingPathComponent("model.safetensors")
      try SafetensorsWriter.write([("weight", Tensor.full([3, 4], .nan))], to: url)
    default:
      var bytes = try Data(contentsOf: checkpoint.appendingPathComponent(file))
      bytes[bytes.count - 2] ^= 0x40
      try bytes.write(to: checkpoint.appendingPathComponent(file))
    }
    let restored = try #require(try restore(into: StubTask()))
    #expect(restored.step == 1 && restored.warnings.count == 1 && restored.warnings[0].contains("step-00000002"))
  }

  @Test func allDamagedIsAnErrorThatNamesEach() throws {
    try save(upTo: 2, keep: 3)
    for step in 1...2 { try cut(step, "model.safetensors") }
    let error = #expect(throws: TrainingError.self) { try restore(into: StubTask()) }
    let text = try #require(error?.description)
    #expect(text.contains("step-00000001") && text.contains("step-00000002") && text.contains("cut short"))
  }

  @Test func foreignArchitectureIsNamedAndChangesNothing() throws {
    try save(upTo: 1, keep: 3)
    let wider = StubTask(width: 5)
    let error = #expect(throws: TrainingError.self) { try restore(into: wider) }
    let text = try #require(error?.description)
    #expect(text.contains("weight is [3, 4], not [3, 5]"))
    #expect(text.contains("step-00000001"))
    #expect(wider.network.weight.value.array() == [Float](repeating: 0.5, count: 15))
  }
}
