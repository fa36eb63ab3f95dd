import ImageLoading
import ImageTransforms
import TestSupport
import Testing
import Torch
import TorchNN
import TorchOptim
import Training

/// The trainer's whole updates beside PyTorch's: schedules, decay groups, accumulation, clipping, AdamW
/// (`Tests/Goldens/trainer/make_trainer_golden.py`).
@Suite struct WholeUpdateTests {
  /// Two layers that learn rows of a table, which images stand for.
  private final class TableTask: TrainingTask {
    final class Network: Module {
      let first: Linear
      let second: Linear

      init(_ golden: [String: Tensor]) {
        first = Linear(weight: golden["first.weight"]!, bias: golden["first.bias"]!)
        second = Linear(weight: golden["second.weight"]!, bias: golden["second.bias"]!)
      }
    }

    let network: Network
    private let golden: [String: Tensor]

    init(_ golden: [String: Tensor]) {
      self.golden = golden
      network = Network(golden)
    }

    var model: Module { network }

    func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
      let rows = Tensor(batch.indices.map(Int64.init))
      let output = network.second(network.first(golden["inputs"]!.rows(rows)).gelu())
      let distance = output - golden["targets"]!.rows(rows)
      let loss = (distance * distance).sum([1]).mean() * 0.5
      return TaskLoss(total: loss, terms: [("loss", loss.detached())])
    }

    func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] { [] }

    func export(to folder: RunFolder) throws {}
  }

  @Test func fiveUpdatesAreThoseOfPyTorch() throws {
    let golden = try TestSupport.golden("trainer/trainer")
    let scratch = try TemporaryFolder()
    let images = try shapes(8, in: scratch)
    var config = Trainer.Config()
    (config.accumulate, config.logEvery) = (2, 1)
    (config.learningRate, config.minimumLearningRate, config.warmupSteps) = (0.05, 0.001, 2)
    (config.weightDecay, config.weightDecayEnd, config.beta2, config.clipNorm) = (0.2, 0.4, 0.95, 0.5)
    let resolved = config.resolved(
      by: OptimizationDefaults(), imageCount: images.count, batchSize: 4, length: .steps(5))
    let folder = try RunFolder.create(at: scratch.file("run"))
    try scratch.write("table: true\n", to: "run/config.yaml")
    let task = TableTask(golden)
    var logged: [StepMetrics] = []
    let trainer = try Trainer(
      task: task,
      loader: try DataLoader(
        dataset: images, batchSize: 4, views: ViewConfiguration(encoder: .init(height: 8, width: 8)),
        transform: .evaluation(resize: 8, crop: 8), seed: 3, workers: 0),
      schedule: try TrainingSchedule(resolved, imageCount: images.count, seed: 3), config: resolved, device: .cpu,
      folder: folder, resuming: false, stop: StopFlag(), processes: .alone
    ) { if case .logged(let metrics) = $0 { logged.append(metrics) } }
    #expect(try trainer.run() == .completed)
    func values(_ name: String) -> [Double] { logged.compactMap { row in row.values.first { $0.name == name }?.value } }
    for (found, expected) in [(values("loss"), golden["losses"]!), (values("gradient_norm"), golden["norms"]!)] {
      let expected: [Float] = expected.array()
      #expect(found.count == 5 && zip(found, expected).allSatisfy { abs($0 - Double($1)) < 1e-5 }, "\(found)")
    }
    for (name, parameter) in task.network.namedParameters {
      #expect(difference(parameter.value.detached(), golden["final.\(name)"]) < 1e-6, "\(name)")
    }
  }
}
