import Evaluation
import Foundation
import ImageData
import ImageLoading
import Settings
import Synchronization
import Torch
import Training
import VisionModels

/// A run whose settings are settled. Its members share out every batch: processes, or threads of one. Each makes a task and
/// a loader of its own; everything else here is values that all of them read.
protocol MemberRun: Sendable {
  associatedtype Settings: RunConfiguration

  /// Every setting, none of them automatic any more.
  var config: Settings { get }
  /// Length, rates, logs and checkpoints of ``config``.
  var training: Trainer.Config { get }
  /// Batches, updates and rates.
  var schedule: TrainingSchedule { get }
  /// What it is about to do.
  var plan: TrainingPlan { get }
  /// Where it computes.
  var device: Device { get }
  /// The process group.
  var processes: ProcessGroup { get }
  /// The files that it learns from.
  var images: ImageDataset { get }
  /// The files that it is judged on; nil where nothing is.
  var testImages: ImageDataset? { get }

  /// The loader of a member's share of the batches.
  func loader(for member: ProcessGroup) throws -> DataLoader

  /// A task with fresh weights to take the time of.
  func throwawayTask(for member: ProcessGroup) throws -> any TrainingTask
}

extension MemberRun {
  /// Who share out its batches.
  var members: [ProcessGroup] { processes.members(replicas: training.replicas, on: device) }

  /// Compares settings and images with those of the run in a folder; changes nothing.
  ///
  /// - Throws: ``ChangedSettings``; `RunFolderError` where there is no run.
  func compare(withRunIn url: URL) throws {
    try config.checkUnchanged(RunImages(training: images, test: testImages), since: RunFolder.existing(at: url))
  }

  /// Trains with all members, each on a thread of its own.
  ///
  /// - Parameters:
  ///   - task: of the first member, made once the run folder is taken.
  ///   - followingTask: of each other one.
  /// - Throws: what training throws.
  func train(
    _ request: TrainingRequest, observer: @escaping (TrainingEvent) -> Void,
    task: (TrainingSession<Self>, RunFolder) throws -> any TrainingTask,
    followingTask: @escaping @Sendable (TrainingSession<Self>, RunFolder) throws -> any TrainingTask
  ) throws -> TrainingEvent.Outcome {
    try Replicas.run(members) { member in
      let session = TrainingSession(run: self, request: request, processes: member)
      return try session.train(observer: observer) { try task(session, $0) }
    } follow: { member in
      let session = TrainingSession(run: self, request: request, processes: member)
      _ = try session.train(observer: { _ in }) { try followingTask(session, $0) }
    }
  }
}

/// Where a run is to train, and whether it goes on there.
struct TrainingRequest: Sendable {
  /// The run folder.
  let url: URL
  /// Whether to continue the run that is there.
  let resuming: Bool
  /// Whether settings that differ from that run's are accepted.
  let allowingChange: Bool
  /// Ends the run after the update at hand, with a checkpoint.
  let stop: StopFlag
}

/// A task that judges its network on images that it does not learn from.
protocol JudgedTask: TrainingTask {
  associatedtype Result: Decodable & Sendable
  /// What the last evaluation found.
  var lastResult: Result? { get }
  /// The file, as JSON, of what the last evaluation of a complete run found.
  static func resultFile(in folder: RunFolder) -> URL
}

/// A run on annotated images whose task needs nothing but the run's settings and data.
protocol JudgedRun: MemberRun {
  associatedtype Task: JudgedTask

  /// What the last evaluation found.
  var latest: Latest<Task.Result> { get }

  /// A member's task, with an encoder of its own: modules are not shared among threads.
  func task(for member: ProcessGroup) throws -> Task
}

extension JudgedRun {
  func throwawayTask(for member: ProcessGroup) throws -> any TrainingTask { try task(for: member) }

  /// Trains, and keeps what the last evaluation found; of a run that was complete already, what its folder has.
  func train(
    _ request: TrainingRequest, observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    var leading: Task?
    let outcome = try train(request, observer: observer) { session, _ in
      let made = try task(for: session.processes)
      leading = made
      return made
    } followingTask: { [self] session, _ in
      try task(for: session.processes)
    }
    let isComplete = outcome == .completed && testImages != nil
    latest.value = leading?.lastResult ?? (isComplete ? savedResult(in: RunFolder(at: request.url)) : nil)
    return outcome
  }

  private func savedResult(in folder: RunFolder) -> Task.Result? {
    let content = try? Data(contentsOf: Task.resultFile(in: folder))
    return content.flatMap { try? JSONDecoder().decode(Task.Result.self, from: $0) }
  }
}

/// The encoder that a run starts from, read anew for each of its members.
struct EncoderOrigin: Sendable {
  let source: EncoderSource
  let hints: EncoderFile.Hints

  /// - Throws: as `EncoderSource.load`.
  func load() throws -> LoadedEncoder { try source.load(hints: hints) }
}

/// A value that comes to be known later.
final class Latest<Value: Sendable>: Sendable {
  private let stored = Mutex<Value?>(nil)

  var value: Value? {
    get { stored.withLock { $0 } }
    set { stored.withLock { $0 = newValue } }
  }
}
