import DurableFiles
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import TorchOptim
import Training

/// A run of any kind gives its weights, complete or not.
@Suite struct RunWeightsTests {
  private let scratch: TemporaryFolder
  private let run: RunFolder

  init() throws {
    scratch = try TemporaryFolder()
    run = try RunFolder.create(at: scratch.file("run"))
  }

  private final class Teacher: Module {
    final class Patches: Module {
      let proj = Linear()
      final class Linear: Module { let weight = Parameter(Tensor.ones([2])) }
    }
    let patchEmbed = Patches()
  }

  private func save(_ step: Int, auxiliary: Module? = nil, metadata: [String: String] = ["format_version": "1"]) throws
  {
    let task = StubTask()
    _ = try CheckpointStore(folder: run, keep: 9).save(
      step: step, model: task.model, auxiliary: auxiliary, metadata: metadata,
      optimizer: AdamW(WeightDecayRule.matrices.groups(task.model, weightDecay: 0)))
  }

  private func touch(_ file: URL) throws { try Data().write(to: file) }

  private func refusal(_ url: URL, _ kind: RunWeights.Kind = .encoder) -> String? {
    #expect(throws: TrainingError.self) { try RunWeights(at: url.path, kind) }?.description
  }

  @Test func aFileIsItself() throws {
    let file = scratch.file("mae.pth")
    try touch(file)
    let weights = try RunWeights(at: file.path, .encoder)
    #expect(weights.file.path == file.path && weights.notes.isEmpty)
  }

  @Test func aCompleteRunGivesWhatItWrote() throws {
    try save(3)
    try touch(run.encoder)
    let weights = try RunWeights(at: run.url.path, .encoder)
    #expect(weights.file == run.encoder && weights.notes.isEmpty)
  }

  /// A folder as Hugging Face's programs save it.
  @Test(arguments: ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"])
  func theFolderOfAModelGivesItsWeights(name: String) throws {
    let folder = scratch.file("model")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in ["config.json", name] { try touch(folder.appending(path: file)) }
    #expect(try RunWeights(at: folder.path, .encoder).file.lastPathComponent == name)
    #expect(try RunWeights(at: folder.path, .classifier).file.lastPathComponent == name)
    #expect(refusal(folder, .detector)?.contains("it is a folder that holds no run") == true)
  }

  @Test func aRunThatWasMadeLongerSaysThatItsFileIsOlder() throws {
    try save(3)
    try touch(run.encoder)
    let plan = TrainingPlan(
      images: 8, batchSize: 4, epochs: 3, totalSteps: 6, warmupSteps: 1, peakLearningRate: 1, device: "cpu")
    try JSONEncoder().encode(plan).write(to: run.plan)
    let weights = try RunWeights(at: run.url.path, .encoder)
    #expect(weights.file == run.encoder && weights.notes.first?.contains("step 3 of 6") == true)
  }

  @Test(arguments: ["classifier", "detector", "segmenter"])
  func theEncoderOfOtherRunsIsSaid(name: String) throws {
    try save(3)
    let file = run.url.appending(path: "\(name).safetensors")
    try touch(file)
    let weights = try RunWeights(at: run.url.path, .encoder)
    #expect(weights.file.path == file.path && weights.notes.count == 1 && weights.notes[0].contains(name))
  }

  @Test(arguments: [RunWeights.Kind.encoder, .detector, .segmenter])
  func aStoppedRunGivesItsNewestWholeCheckpoint(kind: RunWeights.Kind) throws {
    for step in [2, 4, 6] { try save(step) }
    let newest = run.checkpoint(6).appending(path: "model.safetensors")
    #expect(try RunWeights(at: run.url.path, kind).file.path == newest.path)
    var bytes = try Data(contentsOf: newest)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: newest)
    let weights = try RunWeights(at: run.url.path, kind)
    #expect(weights.file.path == run.checkpoint(4).appending(path: "model.safetensors").path)
    #expect(weights.notes.count == 2 && weights.notes[0].contains("damaged"))
    #expect(weights.notes[1].hasSuffix("is not complete: its checkpoint of step 4 is taken"), "\(weights.notes)")
    // The folder of a checkpoint can be named too.
    let named = try RunWeights(at: run.checkpoint(2).path, kind)
    #expect(named.file.path == run.checkpoint(2).appending(path: "model.safetensors").path && named.notes.isEmpty)
  }

  /// As DINO's finished run writes the teacher.
  @Test func aTeacherComesBeforeItsStudent() throws {
    try save(2, auxiliary: Teacher())
    #expect(try RunWeights(at: run.url.path, .encoder).file.lastPathComponent == "companion.safetensors")
    #expect(try RunWeights(at: run.url.path, .detector).file.lastPathComponent == "model.safetensors")
  }

  @Test func whatGivesNothingSaysWhy() throws {
    #expect(refusal(scratch.file("absent"))?.contains("there is nothing at that path") == true)
    #expect(refusal(run.url)?.contains("holds no run") == true)
    try touch(run.configuration)
    #expect(refusal(run.url)?.contains("has saved no checkpoint yet") == true)
    try save(1, metadata: [:])
    #expect(refusal(run.url)?.contains("of an earlier version") == true)
    try touch(run.encoder)
    let other = try #require(refusal(run.url, .detector))
    #expect(other.contains("of another kind") && other.contains("encoder.safetensors"), "\(other)")
    try touch(scratch.file("weights.safetensors"))
    #expect(refusal(scratch.url)?.contains("name the file in it, such as") == true)
  }
}
