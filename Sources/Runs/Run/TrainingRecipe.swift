public import ImageData
public import ImageLoading
public import Settings
public import Torch
public import Training

/// Settings of one kind of training.
public protocol TrainingConfiguration: RunConfiguration {
  /// Where every random draw comes from.
  var seed: UInt64 { get }
  /// Where to compute.
  var device: DeviceChoice { get }
  /// The preset that the settings started from, as the command line names it; nil where there is none.
  var presetName: String? { get }

  /// Checks everything that can be checked before the data is looked at.
  ///
  /// - Throws: `InvalidSetting`.
  func validate() throws
}

extension TrainingConfiguration {
  /// None.
  public var presetName: String? { nil }
}

/// One kind of training: what is its own in settings, data, network and loss. A ``TrainingRun`` does everything else.
///
/// A recipe is made once for a run, with every setting resolved. Each member of the run (a process, or a thread of one)
/// asks it for a loader and a task of its own: modules are not shared among threads.
public protocol TrainingRecipe: Sendable {
  /// The settings.
  associatedtype Config: TrainingConfiguration
  /// The data that settings name, listed and checked.
  associatedtype Data
  /// What an evaluation during training finds; `Never` where nothing is evaluated.
  associatedtype Result: Codable & Sendable

  /// Lists and checks the data that settings name.
  ///
  /// - Throws: `DatasetError`.
  static func data(of asked: Config) throws -> Data

  /// Resolves every setting; writes nothing.
  ///
  /// - Throws: `InvalidSetting`; what reading an encoder throws.
  init(_ asked: Config, data: Data, device: Device, processes: ProcessGroup) throws

  /// Every setting, none of them automatic any more.
  var config: Config { get }
  /// Length, rates, logs and checkpoints of ``config``.
  var training: Trainer.ResolvedConfig { get }
  /// The images that are learned from.
  var images: ImageDataset { get }
  /// The images that are evaluated; nil where none are.
  var testImages: ImageDataset? { get }
  /// Images that an epoch shows, repeats included.
  var imagesPerEpoch: Int { get }
  /// The network in a line, for the plan.
  var summary: String { get }
  /// What else the plan says, a sentence each.
  var notes: [String] { get }
  /// What decides how long a run takes; nil leaves time, memory and disk out of the plan.
  var cost: RunCost<Self>? { get throws }

  /// Checks what depends on how many images of a batch a member gets.
  ///
  /// - Throws: `InvalidSetting`.
  func validate(memberBatch: Int) throws

  /// The loader of a member's share of every batch.
  func loader(for member: ProcessGroup) throws -> DataLoader

  /// A member's task, on the device, with its evaluation; nil where nothing is evaluated.
  func task(_ request: TaskRequest) throws -> (task: any TrainingTask, evaluation: PeriodicEvaluation<Result>?)
}

extension TrainingRecipe {
  /// Nothing to check.
  public func validate(memberBatch: Int) throws {}

  /// Nothing is evaluated.
  public var testImages: ImageDataset? { nil }

  /// Each image once.
  public var imagesPerEpoch: Int { images.count }

  /// Nothing else.
  public var notes: [String] { [] }

  /// Not known.
  public var cost: RunCost<Self>? { nil }
}

/// Data to learn from and data to evaluate.
public struct SplitData<Images> {
  /// To learn from.
  let training: Images
  /// To be evaluated; nil where nothing is held out.
  let test: Images?
  /// What a plan says of them.
  let notes: [String]
}

/// Who asks a recipe for a task, and where the run is kept.
public struct TaskRequest {
  /// The member that trains it.
  public let member: ProcessGroup
  /// The run folder; nil for a task that is only timed and thrown away.
  public let folder: RunFolder?
  /// Ends long preparations.
  public let stop: StopFlag
  /// Told about preparations.
  public let observer: (TrainingEvent) -> Void

  /// A request of a member; without a folder, of a task that is only timed.
  public init(
    _ member: ProcessGroup, folder: RunFolder? = nil, stop: StopFlag = StopFlag(),
    observer: @escaping (TrainingEvent) -> Void = { _ in }
  ) {
    self.member = member
    self.folder = folder
    self.stop = stop
    self.observer = observer
  }
}

/// Settings with every value chosen.
@dynamicMemberLookup
public struct Resolved<Config: Hashable & Sendable>: Hashable, Sendable {
  /// The settings, to be kept with the run; resolved again they are the same.
  public let config: Config
  /// Length, rates, logs and checkpoints of ``config``.
  public let training: Trainer.ResolvedConfig

  /// Settings and their training part.
  init(_ config: Config, training: Trainer.ResolvedConfig) {
    self.config = config
    self.training = training
  }

  /// A setting of ``config``.
  public subscript<Value>(dynamicMember path: KeyPath<Config, Value>) -> Value { config[keyPath: path] }
}
