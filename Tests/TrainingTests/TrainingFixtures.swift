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
import TorchOptim
import Training

/// A few composed pictures of 32 pixels.
func shapes(_ count: Int, in folder: TemporaryFolder) throws -> ImageDataset {
  var config = ShapesDataset.Config()
  (config.images, config.width, config.height, config.validationShare) = (count, 32, 32, 0)
  try ShapesDataset(config: config).write(to: folder.file("data"), workers: 1)
  return try ImageDataset(paths: [folder.file("data/train").path])
}

/// One matrix that learns the mean colours of pictures; loses its numbers at chosen updates.
final class StubTask: TrainingTask {
  final class Network: Module {
    let weight: Parameter

    init(width: Int) {
      weight = Parameter(Tensor.full([3, width], 0.5))
    }
  }

  let network: Network
  private let failingSteps: Set<Int>
  private let idleSteps: Set<Int>
  private let infiniteSteps: Set<Int>
  private let seconds: Double

  /// - Parameters:
  ///   - failingSteps: updates whose loss is not finite.
  ///   - idleSteps: updates whose loss is 0, whatever the weights are.
  ///   - infiniteSteps: updates whose loss is infinite while its gradients are not.
  ///   - seconds: how long a loss takes at least.
  init(
    width: Int = 4, failingAt failingSteps: some Sequence<Int> = [], idleAt idleSteps: some Sequence<Int> = [],
    infiniteAt infiniteSteps: some Sequence<Int> = [], seconds: Double = 0
  ) {
    network = Network(width: width)
    self.seconds = seconds
    self.failingSteps = Set(failingSteps)
    self.idleSteps = Set(idleSteps)
    self.infiniteSteps = Set(infiniteSteps)
  }

  var model: Module { network }

  func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    if seconds > 0 { Thread.sleep(forTimeInterval: seconds) }
    let bytes = batch.views[0].bytes
    let values = (0..<3).map { channel in
      stride(from: channel, to: bytes.count, by: 3).reduce(Float(0)) { $0 + Float(bytes[$1]) / Float(bytes.count) }
    }
    let product = Tensor(values, shape: [3, 1]) * network.weight.value
    let loss = (product * product).mean()
    let total =
      failingSteps.contains(context.step) ? loss * Double.nan : idleSteps.contains(context.step) ? loss * 0 : loss
    let shown = infiniteSteps.contains(context.step) ? total + Double.infinity : total
    return TaskLoss(total: shown, terms: [("loss", shown.detached())])
  }

  func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] { [] }

  func export(to folder: RunFolder) throws {
    let tensors = network.namedParameters.map { (name: $0.key, tensor: $0.parameter.value.detached()) }
    try SafetensorsWriter.write(tensors, to: folder.encoder)
  }
}

/// Runs of the stub on four pictures, two a batch.
final class StubRuns {
  let scratch: TemporaryFolder
  private let dataset: ImageDataset

  init() throws {
    scratch = try TemporaryFolder()
    dataset = try shapes(8, in: scratch)
  }

  /// Trains the stub in a folder of its own.
  ///
  /// - Parameter last: the step after which the run is asked to stop.
  @discardableResult
  func train(
    _ task: StubTask, name: String = "run", steps: Int, resuming: Bool = false, workers: Int = 0, accumulate: Int = 1,
    stoppingAfter last: Int? = nil, logEvery: Int = 1, observer: @escaping (TrainingEvent) -> Void = { _ in }
  ) throws -> RunFolder {
    var config = Trainer.Config()
    (config.learningRate, config.accumulate) = (1e-2, accumulate)
    (config.warmupSteps, config.logEvery, config.checkpointEvery) = (0, logEvery, 2)
    let resolved = config.resolved(
      by: OptimizationDefaults(), imageCount: dataset.count, batchSize: 2, length: .steps(steps))
    let url = scratch.file(name)
    let folder = try resuming ? RunFolder.resume(at: url) : RunFolder.create(at: url)
    if !resuming { try Data("stub: true\n".utf8).write(to: folder.configuration) }
    let loader = try DataLoader(
      dataset: dataset, batchSize: 2, views: ViewConfiguration(encoder: .init(height: 8, width: 8)),
      transform: .training(Augmentation.Config()), seed: 3, workers: workers)
    let stop = StopFlag()
    let trainer = try Trainer(
      task: task, loader: loader, schedule: try TrainingSchedule(resolved, imageCount: dataset.count, seed: 3),
      config: resolved, device: .cpu, folder: folder, resuming: resuming, stop: stop, processes: .alone
    ) { event in
      if case .progressed(let progress) = event, progress.step == last { stop.request() }
      observer(event)
    }
    #expect(try trainer.run() == (last == nil ? .completed : .interrupted))
    return folder
  }
}
