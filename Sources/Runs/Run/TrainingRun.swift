public import Foundation
import ImageData
import Settings
import SplitMaskCore
import Synchronization
public import Torch
import TorchNN
public import Training
public import TrainingCost

/// One training, from settings to a file: looks at the data, resolves the settings, plans, trains, evaluates.
///
/// Its members share out every batch: processes, or threads of one. Each has a task and a loader of its own.
public final class TrainingRun<Recipe: TrainingRecipe>: Sendable {
  /// What is its own in this kind of training, with every setting resolved.
  public let recipe: Recipe
  /// Where it computes.
  public let device: Device
  /// What it is about to do.
  public let plan: TrainingPlan
  /// Batches, updates and rates.
  package let schedule: TrainingSchedule

  let processes: ProcessGroup
  private let latest = Mutex<Recipe.Result?>(nil)

  /// Every setting, none of them automatic any more.
  public var config: Recipe.Config { recipe.config }

  /// What the last evaluation found; nil before it, and where nothing is evaluated.
  public var result: Recipe.Result? { latest.withLock { $0 } }

  /// Looks at the data and resolves every setting; writes nothing.
  ///
  /// - Parameters:
  ///   - asked: the settings.
  ///   - data: what they name, where it has been looked at already.
  ///   - costs: what runs cost on this machine, for the plan to say; a kind of run that it lacks is measured, which takes
  ///     some seconds. Nil leaves time and memory out of the plan.
  ///   - others: the same run with other presets, for the plan to name with their times.
  ///   - processes: the process group; each of its processes makes a run of the same settings.
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the data, as `EncoderSource.load`
  ///   about an encoder.
  public init(
    _ asked: Recipe.Config, data: Recipe.Data? = nil, costs: CostStore? = nil, others: [Recipe.Config] = [],
    processes: ProcessGroup = .alone
  ) throws {
    try asked.validate()
    self.processes = processes
    let device = try asked.device.resolve(for: processes)
    self.device = device
    let data = try data ?? Recipe.data(of: asked)
    recipe = try Recipe(asked, data: data, device: device, processes: processes)
    try recipe.config.validate()
    let members = processes.memberCount(replicas: recipe.training.replicas, on: device)
    schedule = try TrainingSchedule(
      recipe.training, imageCount: recipe.imagesPerEpoch, seed: recipe.config.seed, processes: members)
    try recipe.validate(memberBatch: schedule.batchSize / members)
    var plan = schedule.plan(
      on: device, precision: recipe.training.precision, processes: processes, notes: recipe.notes)
    plan.model = recipe.summary
    if let costs, processes.isFirst, let cost = try recipe.cost {
      let alternatives = try others.map {
        try AlternativeRun(Recipe($0, data: data, device: device, processes: processes))
      }
      try plan.expect(
        CostMeasurement(cost, of: recipe, device: device, processes: processes), costs, schedule: schedule,
        alternatives: alternatives.compactMap(\.self))
    }
    self.plan = plan
  }

  /// Looks whether it could go on in a run folder; changes nothing.
  ///
  /// - Throws: `ChangedSettings`, also for other images; `RunFolderError` where there is no run.
  public func checkUnchanged(since url: URL) throws {
    try config.checkUnchanged(runImages, since: RunFolder.existing(at: url))
  }

  /// Trains into a run folder, with all members, each on a thread of its own.
  ///
  /// - Parameters:
  ///   - request: the run folder, and whether to go on there.
  ///   - observer: told about everything that happens, on the caller's thread.
  /// - Throws: `RunFolderError`; `ChangedSettings`, also for other images; and what training throws.
  public func train(
    _ request: RunRequest, observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    try Replicas.run(members) { member in
      let session = TrainingSession(run: self, request: request, member: member)
      let (outcome, result) = try session.train(observer: observer)
      latest.withLock { $0 = result }
      return outcome
    } follow: { [self] member in
      _ = try TrainingSession(run: self, request: request, member: member).train(observer: { _ in })
    }
  }

  /// Who share out its batches.
  var members: [ProcessGroup] { processes.members(replicas: recipe.training.replicas, on: device) }

  /// The images, as a run folder remembers them.
  var runImages: RunImages { RunImages(training: recipe.images, test: recipe.testImages) }
}

/// Where a run is to train, and whether it goes on there.
public struct RunRequest: Sendable {
  /// The run folder.
  public var folder: URL
  /// Whether to continue the run that is there.
  public var resuming: Bool
  /// Whether settings that differ from that run's are accepted.
  public var allowingChange: Bool
  /// Ends the run after the update at hand, with a checkpoint.
  public var stop: StopFlag

  /// A new run, unless said otherwise.
  public init(_ folder: URL, resuming: Bool = false, allowingChange: Bool = false, stop: StopFlag = StopFlag()) {
    self.folder = folder
    self.resuming = resuming
    self.allowingChange = allowingChange
    self.stop = stop
  }
}
