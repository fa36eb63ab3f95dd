import Foundation
import ImageData
import ImageLoading
import ImageTransforms
import Runs
import SelfSupervision
import Settings
import SplitMaskCore
import TestSupport
import Testing
import Torch
import TorchNN
import Training
import VisionModels

/// A kind of training that this package does not have: which way up is an image? (Gidaris et al., arXiv 1803.07728)
private struct Rotation: TrainingRecipe {
  struct Config: TrainingConfiguration, Hashable {
    var seed: UInt64 = 0
    var device = DeviceChoice.cpu
    var images = ""
    var model = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    var training = Trainer.Config()

    static let keysChangeableOnResume: Set<String> = ["training.logEvery"]

    func validate() throws {
      try model.validate()
      try training.validate()
    }
  }

  typealias Result = Never

  let config: Config
  let training: Trainer.ResolvedConfig
  let images: ImageDataset
  let summary = "rotations"

  static func data(of asked: Config) throws -> ImageDataset { try ImageDataset(paths: [asked.images]) }

  init(_ asked: Config, data: ImageDataset, device: Device, processes: ProcessGroup) {
    images = data
    training = asked.training.resolved(
      by: OptimizationDefaults(), imageCount: data.count, batchSize: 8, length: .epochs(2))
    var config = asked
    config.training = asked.training.completed(by: training)
    self.config = config
  }

  func loader(for member: ProcessGroup) throws -> DataLoader {
    try DataLoader(
      dataset: images, batchSize: training.batchSize, views: ViewConfiguration(encoder: .init(height: 16, width: 16)),
      transform: .training(Augmentation.Config()), seed: config.seed, workers: 0, share: member.batchShare)
  }

  func task(_ request: TaskRequest) throws -> (task: any TrainingTask, evaluation: PeriodicEvaluation<Never>?) {
    (try RotationTask(config), nil)
  }
}

private final class RotationTask: TrainingTask {
  final class Network: Module {
    let encoder: VisionTransformer
    let head: Linear

    init(_ config: Rotation.Config) throws {
      var generator = SeededGenerator(seed: config.seed, purpose: .initialization)
      encoder = try VisionTransformer(config.model, using: &generator)
      head = Linear(inputs: config.model.embeddingDimension, outputs: 4, using: &generator)
    }
  }

  let network: Network
  let patchifier: Patchifier
  var model: Module { network }

  init(_ config: Rotation.Config) throws {
    network = try Network(config)
    patchifier = Patchifier(grid: config.model.grid, patchSize: 4, normalization: .imageNet, device: .cpu)
  }

  func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    let images = batch.views[0].tensor(on: context.device)
    let turned = [
      images, images.transposed(1, 2).flipped([1]), images.flipped([1, 2]), images.transposed(1, 2).flipped([2]),
    ]
    let patches = patchifier.normalized(patchifier.patches(Tensor.concatenate(turned, along: 0)))
    let tokens = network.encoder(patches.reshaped([4 * batch.count, 16, -1]))
    let ways = Tensor((0..<4).flatMap { [Int64](repeating: $0, count: batch.count) })
    let loss = network.head(tokens.mean([1])).crossEntropy(ways)
    return TaskLoss(total: loss, terms: [("loss", loss.detached())])
  }

  func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] { [] }

  func export(to folder: RunFolder) throws {
    try EncoderFile.write(network.encoder, normalization: .imageNet, to: folder.encoder)
  }
}

@Suite struct OwnRecipeTests {
  /// Checkpoints, resuming, refusals and logs come with ``TrainingRun``, without a line for them in the recipe.
  @Test func aRecipeOfOnesOwnTrainsAndResumesToTheSameBytes() throws {
    let runs = try TinyRuns(images: 24)
    var config = Rotation.Config()
    config.images = runs.url.appending(path: "data/train").path
    (config.model.width, config.model.depth, config.model.headCount) = (16, 2, 2)
    (config.training.steps, config.training.checkpointEvery, config.training.learningRate) = (6, 2, 1e-3)
    let run = try TrainingRun<Rotation>(config)
    #expect(run.plan.totalSteps == 6 && run.plan.model == "rotations")
    #expect(try run.train(RunRequest(runs.folder("whole").url)) { _ in } == .completed)

    let (folder, stop) = (runs.folder("parted").url, StopFlag())
    let outcome = try run.train(RunRequest(folder, stop: stop)) { event in
      if case .progressed(let progress) = event, progress.step == 3 { stop.request() }
    }
    #expect(outcome == .interrupted)
    let saved = try Rotation.Config.ofRun(in: folder)
    #expect(saved == run.config)
    var other = saved
    other.seed = 1
    #expect(throws: ChangedSettings.self) {
      try TrainingRun<Rotation>(other).train(RunRequest(folder, resuming: true)) { _ in }
    }
    #expect(try TrainingRun<Rotation>(saved).train(RunRequest(folder, resuming: true)) { _ in } == .completed)
    #expect(
      try Data(contentsOf: runs.folder("parted").encoder)
        == Data(contentsOf: runs.folder("whole").encoder))
  }
}
