import Foundation
import ImageData
import ShapesData
import SplitMaskCore

/// Where an experiment's images are.
struct ExperimentData {
  private let scale: ExperimentScale
  private let root: URL?
  private let overrides: [String: String]
  /// Where the embedded data set is composed.
  private let composed: URL

  /// - Parameter out: the experiment's folder.
  /// - Throws: `InvalidSetting` for places of data sets that do not exist.
  init(_ config: ExperimentConfig, in out: URL) throws {
    scale = config.scale
    root = config.dataRoot.map { URL(fileURLWithPath: $0, isDirectory: true) }
    composed = out.appendingPathComponent("data/shapes", isDirectory: true)
    overrides = try Dictionary(config.data.map(ExperimentData.parse)) { $1 }
  }

  /// The published list of a share of a data set's training images; nil where there is none, and the share is drawn.
  func publishedSubset(of dataset: ExperimentDataset, share: LabelAmount?) -> String? {
    guard let part = share.flatMap(ExperimentDataset.Part.init) else { return nil }
    if let path = overrides["\(dataset.rawValue).\(part.rawValue)"] { return path }
    let folder = root?.appendingPathComponent(dataset.rawValue, isDirectory: true)
    return dataset.places(of: part).compactMap { folder?.appendingPathComponent($0).path }.first(where: exists)
  }

  /// The paths of a part of a data set. Those of the embedded one may not be there yet: see ``compose()``.
  ///
  /// - Throws: `InvalidSetting` where it is missing.
  func paths(of dataset: ExperimentDataset, _ part: ExperimentDataset.Part) throws -> [String] {
    if let path = overrides["\(dataset.rawValue).\(part.rawValue)"] { return [path] }
    let places = dataset.places(of: part)
    let folder = root?.appendingPathComponent(dataset.rawValue, isDirectory: true)
    if let folder, let found = places.map({ folder.appendingPathComponent($0).path }).first(where: exists) {
      return [found]
    }
    guard dataset != .shapes else { return [composedPath(of: part)] }
    let looked = folder.map { "there is no \(places.joined(separator: ", ")) in \($0.path)" }
    let key = "\(dataset.rawValue).\(part.rawValue)"
    var advice = "name it by --data \(key)=PATH, or the folder that holds \(dataset.rawValue)/ by --data-root"
    if let name = dataset.fetchName {
      advice += "; see 'splitmask data fetch \(name) --out FOLDER/\(dataset.rawValue)'"
    }
    throw InvalidSetting(
      "data",
      "\(dataset.title)'s \(part.title) are needed, but \(looked ?? "no place of theirs is known"): "
        + advice)
  }

  /// Where a part of the embedded data set is composed.
  private func composedPath(of part: ExperimentDataset.Part) -> String {
    switch part {
    case .train: composed.appendingPathComponent("train").path
    case .test: composed.appendingPathComponent("val").path
    case .trainAnnotations: composed.appendingPathComponent("instances_train.json").path
    case .testAnnotations: composed.appendingPathComponent("instances_val.json").path
    case .labelMaps: composed.path
    case .onePercent, .tenPercent: preconditionFailure("no list of the embedded data set is published")
    }
  }

  /// Composes the embedded data set where an experiment uses it and it is not there.
  ///
  /// - Throws: `ShapesError`, `FileError`.
  func compose() throws {
    let parts: [ExperimentDataset.Part] = [.train, .test, .trainAnnotations, .testAnnotations, .labelMaps]
    let needed = try parts.flatMap { try paths(of: .shapes, $0) }
    guard needed.contains(where: { $0 == composed.path || $0.hasPrefix(composed.path + "/") }) else { return }
    try ShapesDataset(config: scale.shapes).write(to: composed)
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Reads `NAME.PART=PATH`.
  private static func parse(_ text: String) throws -> (String, String) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    let key = parts[0].split(separator: ".").map(String.init)
    guard parts.count == 2, key.count == 2, ExperimentDataset.Part(rawValue: key[1]) != nil else {
      let parts = ExperimentDataset.Part.allCases.map(\.rawValue).joined(separator: ", ")
      throw InvalidSetting("data", "'\(text)' is not NAME.PART=PATH with a part of \(parts)")
    }
    let names = ExperimentDataset.allCases.map(\.rawValue)
    guard names.contains(key[0]) else {
      let meant = nearest(to: key[0], in: names).map { "; did you mean '\($0)'?" } ?? ""
      throw InvalidSetting("data", "'\(key[0])' is none of \(names.joined(separator: ", "))\(meant)")
    }
    return (parts[0], parts[1])
  }
}

extension ExperimentDataset.Part {
  /// The list of a share, where such lists are published.
  fileprivate init?(_ share: LabelAmount) {
    switch share {
    case .fraction(0.01): self = .onePercent
    case .fraction(0.1): self = .tenPercent
    default: return nil
    }
  }
}
