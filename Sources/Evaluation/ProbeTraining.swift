import ImageLoading
import SplitMaskCore
import Torch
import TorchNN
import TorchOptim
import Training

/// The classifiers of a trained probe and their optimizer.
final class ProbeTraining {
  /// How the classifiers do on other images.
  struct Score {
    /// One for each classifier.
    let accuracies: [RankAccuracy]
    /// The mean cross-entropy of each classifier.
    let losses: [Double]
  }

  /// A protocol's optimizer.
  private enum Optimizer {
    case sgd(SGD)
    case lars(LARS)
    case adamW(AdamW)

    init(_ method: ProbeProtocol, _ parameters: [Module.NamedParameter]) {
      func group(_ weightDecay: Double) -> [AdamW.Group] {
        [AdamW.Group(parameters: parameters, weightDecay: weightDecay)]
      }
      self =
        switch method {
        case .simple, .dino: .sgd(SGD(group(0)))
        case .mae: .lars(LARS(group(0)))
        case .beit: .adamW(AdamW(group(1e-4)))
        }
    }

    func update(learningRate: Double) {
      switch self {
      case .sgd(let optimizer):
        optimizer.update(learningRate: learningRate)
        optimizer.clearGradients()
      case .lars(let optimizer):
        optimizer.update(learningRate: learningRate)
        optimizer.clearGradients()
      case .adamW(let optimizer):
        optimizer.update(learningRate: learningRate, clipping: nil)
        optimizer.clearGradients()
      }
    }
  }

  private let features: ProbeFeatures
  private let heads: [ProbeHead]
  private let optimizer: Optimizer
  private let processes: ProcessGroup

  /// - Parameter processes: the process group; the same seed gives all of them the same classifiers.
  init(features: ProbeFeatures, classCount: Int, config: TrainedProbe.Config, processes: ProcessGroup) {
    self.features = features
    self.processes = processes
    heads = (0..<features.headCount).map { number in
      var generator = SeededGenerator(seed: config.seed, index: number, purpose: .evaluation)
      let head = ProbeHead(
        inputs: features.width, outputs: classCount, isNormalized: config.protocol == .mae, using: &generator)
      head.move(to: features.device)
      head.synchronizeBatchNorm(over: processes)
      return head
    }
    let named = heads.enumerated().flatMap { number, head in
      head.trained.map { (key: "\(number).\($0.key)", parameter: $0.parameter) }
    }
    optimizer = Optimizer(config.protocol, named)
    processes.reduceGradients(of: named.map(\.parameter.value))
  }

  /// Trains for all of the schedule's epochs.
  ///
  /// - Parameter loader: of this process's share of the batches.
  func run(
    loader: DataLoader, schedule: ProbeSchedule, progress: (TrainedProbe.Progress) throws -> Void
  ) throws {
    var meter = ThroughputMeter()
    var lastLoss: Double?
    var step = 0
    let clock = ContinuousClock()
    for epoch in 0..<schedule.epochs {
      let batches = loader.batches(epoch: epoch)
      var total = Tensor.zeros([], device: features.device)
      var began = clock.now
      while let batch = try batches.next() {
        let loss = try update(on: batch, learningRate: schedule.rate(step))
        total = noGrad { total + loss }
        step += 1
        let now = clock.now
        meter.record(images: loader.batchSize, seconds: (now - began) / .seconds(1), waitSeconds: 0)
        began = now
        try progress(
          .init(
            step: step, totalSteps: schedule.totalSteps, loss: lastLoss, imagesPerSecond: meter.imagesPerSecond,
            secondsLeft: meter.secondsLeft(steps: schedule.totalSteps - step)))
      }
      // Once an epoch the host looks at the loss, which waits for the device.
      let mean = processes.mean(total).item() / Double(schedule.stepsPerEpoch * heads.count)
      try processes.check()
      guard mean.isFinite else { throw EvaluationError.probeDiverged(epoch: epoch + 1) }
      lastLoss = mean
    }
  }

  /// The sum of the classifiers' losses of this process's images before the update.
  private func update(on batch: HostBatch, learningRate: Double) throws -> Tensor {
    let labels = Tensor(batch.labels!.map(Int.init)).to(features.device)
    let losses = zip(heads, try features(batch.views[0])).map { $0($1, training: true).crossEntropy(labels) }
    let loss = losses.dropFirst().reduce(losses[0]) { $0 + $1 }
    processes.backward(loss)
    try processes.check()
    optimizer.update(learningRate: learningRate)
    return loss.detached()
  }

  /// Classifies every readable image of a loader in evaluation mode.
  ///
  /// - Parameters:
  ///   - loader: of this process's share of the images, which may have none; the score is that of all.
  ///   - labels: the class of every image of the loader's data set.
  func score(_ loader: DataLoader, labels: [Int]) throws -> Score {
    var accuracies = heads.map { _ in RankAccuracy() }
    var losses = heads.map { _ in 0.0 }
    let batches = loader.batches(epoch: 0)
    try InferenceThreads(on: features.device).forEach(batches.next) { [features] batch in
      try features(batch.views[0])
    } then: { batch, all in
      noGrad {
        let wanted = Tensor(batch.indices.map { labels[$0] }).to(features.device)
        for (number, values) in all.enumerated() {
          let logits = heads[number](values, training: false)
          accuracies[number].add(scores: logits, labels: wanted)
          losses[number] += logits.crossEntropy(wanted).item() * Double(batch.count)
        }
      }
    }
    return try together(accuracies, losses)
  }

  /// The score of the images of all processes.
  ///
  /// - Parameter losses: sums over this process's images.
  private func together(_ accuracies: [RankAccuracy], _ losses: [Double]) throws -> Score {
    var accuracies = accuracies
    for number in accuracies.indices { accuracies[number].merge(processes) }
    let sums = Tensor(losses)
    processes.sumInPlace(sums)
    try processes.check()
    let count = Double(max(1, accuracies[0].count))
    return Score(accuracies: accuracies, losses: sums.array(of: Double.self).map { $0 / count })
  }
}
