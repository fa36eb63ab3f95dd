public import Foundation
public import Torch
public import TrainingCost

extension PretrainingRun {
  /// A run whose encoder and sizes fit images and time, where nobody has said others.
  ///
  /// - Parameters:
  ///   - asked: the settings that were asked for.
  ///   - explicit: the keys of the settings that somebody has said; nil leaves all settings as they are.
  ///   - indexFolder: where the indexes of tar shards are kept; nil reads them anew.
  ///   - costs: as ``TrainingRun/init(_:data:costs:others:processes:)``.
  ///   - processes: the process group.
  /// - Throws: as ``TrainingRun/init(_:data:costs:others:processes:)``.
  public convenience init(
    fitting asked: PretrainConfig, explicit: Set<String>?, indexFolder: URL? = nil, costs: CostStore? = nil,
    processes: ProcessGroup = .alone
  ) throws {
    guard let explicit, !asked.data.images.isEmpty else {
      try asked.validate()
      let data = try Pretraining.Data(of: asked, indexFolder: indexFolder)
      try self.init(asked, data: data, costs: costs, processes: processes)
      return
    }
    let data = try Pretraining.Data(of: asked, indexFolder: indexFolder)
    let shortSide = data.images.dataset.typicalShortSide
    var config = asked
    try config.fit(shortSide: shortSide, explicit: explicit)
    try self.init(
      config, data: data, costs: costs,
      others: try asked.withOtherPresets(shortSide: shortSide, explicit: explicit), processes: processes)
  }
}

extension PretrainConfig {
  /// The same settings with each other preset; none where the length is said, which presets do not change.
  fileprivate func withOtherPresets(shortSide: Int, explicit: Set<String>) throws -> [PretrainConfig] {
    guard training.steps == nil, training.epochs == nil else { return [] }
    let own = try preset ?? .automatic(on: device.resolve())
    return try PretrainingPreset.allCases.filter { $0 != own }.map { other in
      var result = self
      result.preset = other
      try result.fit(shortSide: shortSide, explicit: explicit)
      return result
    }
  }
}
