import DurableFiles
import Foundation
import ImageData
import ImageLoading
import ImageTransforms
import ShapesData
import TestSupport
import Testing
import Torch
import TorchNN
import Training

@Suite struct ProbedTaskTests {
  /// A stub that shows features of its pictures, as two branches.
  private final class SeeingTask: TrainingTask {
    let stub = StubTask()
    let kept = OnlineProbe(width: 2, classCount: 2, seed: 3, device: .cpu)

    var model: Module { stub.model }
    var auxiliary: Module? { kept }

    func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
      let loss = stub.loss(of: batch, in: context)
      // A class token, two patches and padding; the patches' mean is 1 at the class's place.
      let values = (0..<2).flatMap { _ in
        batch.labels!.flatMap { label -> [Float] in
          let hot = (0..<4).map { Float($0 == Int(label) ? 1 : 0) }
          return [9, 9, 9, 9] + hot.map { $0 * 2 } + [0, 0, 0, 0] + [50, 60, 70, 80]
        }
      }
      let mask = Tensor((0..<2 * batch.count).flatMap { _ in [Float(1), 1, 0] }, shape: [2 * batch.count, 3])
      let tokens = Tensor(values, shape: [2 * batch.count, 4, 4])
      return TaskLoss(
        total: loss.total, terms: loss.terms, encoded: EncodedTokens(tokens, prefixCount: 1, mask: mask))
    }

    func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] { [] }
    func export(to folder: RunFolder) throws { try stub.export(to: folder) }
  }

  private func batches() throws -> (loader: DataLoader, folder: TemporaryFolder) {
    let folder = try TemporaryFolder()
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height, config.validationShare) = (24, 32, 32, 0)
    try ShapesDataset(config: config).write(to: folder.file("data"), workers: 1)
    let dataset = try ImageDataset(paths: [folder.file("data/train").path], labelled: true)
    let keep = (0..<dataset.count).filter { dataset.label(of: $0)! < 4 }
    let loader = try DataLoader(
      dataset: dataset.subset(keep), batchSize: 4, views: ViewConfiguration(encoder: .init(height: 8, width: 8)),
      transform: .training(Augmentation.Config()), seed: 0, workers: 0)
    return (loader, folder)
  }

  @Test func theProbeLearnsFromEveryBranchWithoutPaddingAndPrefix() throws {
    let (loader, folder) = try batches()
    defer { withExtendedLifetime(folder) {} }
    let probe = OnlineProbe(width: 4, classCount: 4, seed: 1, device: .cpu, learningRate: 0.05)
    let task = ProbedTask(SeeingTask(), probe: probe)
    var accuracy = 0.0
    for epoch in 0..<30 {
      let batches = loader.batches(epoch: epoch)
      while let batch = try batches.next() {
        let loss = task.loss(
          of: batch, in: StepContext(seed: 0, step: 0, epoch: epoch, device: .cpu, processes: .alone))
        #expect(loss.terms.map(\.name) == ["loss", OnlineProbe.metricName])
        accuracy = loss.terms[1].value.item()
      }
    }
    #expect(accuracy == 1)
  }

  @Test func bothCompanionsAreKept() throws {
    let inner = SeeingTask()
    let probe = OnlineProbe(width: 4, classCount: 4, seed: 1, device: .cpu)
    let keys = Set(try #require(ProbedTask(inner, probe: probe).auxiliary).namedParameters.map(\.key))
    #expect(keys.contains("probe.weight") && keys.contains("task.weight"))
    #expect(keys.count == 2 * probe.namedParameters.count)
    let alone = Set(try #require(ProbedTask(StubTask(), probe: probe).auxiliary).namedParameters.map(\.key))
    #expect(alone.allSatisfy { $0.hasPrefix("probe.") })
  }

  @Test func withoutTokensOrClassesNothingIsProbed() throws {
    let (loader, folder) = try batches()
    defer { withExtendedLifetime(folder) {} }
    let batch = try #require(try loader.batches(epoch: 0).next())
    let task = ProbedTask(StubTask(), probe: OnlineProbe(width: 4, classCount: 4, seed: 1, device: .cpu))
    let loss = task.loss(of: batch, in: StepContext(seed: 0, step: 0, epoch: 0, device: .cpu, processes: .alone))
    #expect(loss.terms.map(\.name) == ["loss"])
  }
}
