import SelfSupervision
import Torch
import Training
import VisionModels

/// How long a run may take, and the settings that fit the time.
///
/// The published settings are made for hundreds of thousands of updates of large batches. A run of some thousand updates
/// needs a smaller encoder and a higher learning rate.
public enum PretrainingPreset: String, Codable, Hashable, Sendable, CaseIterable {
  /// A third of a trial, as every encoder of a comparison gets.
  case quick
  /// About a quarter of an hour on two cores: whether the images teach an encoder anything.
  case trial
  /// About eight hours on two cores.
  case overnight
  /// The paper's encoder and number of updates.
  case paper

  /// Multiply-adds of a run; nil where updates are counted otherwise. Two cores did 3.2·10¹⁰ a second in training small
  /// encoders, and 3.8·10¹⁰ in `vit-tiny` (AMD EPYC, docs/method.md).
  private var multiplyAdds: Double? {
    switch self {
    case .quick: 1e13
    case .trial: 3e13
    case .overnight: 1.1e15
    case .paper: nil
    }
  }

  /// Patches in a row, about, that suit every method.
  static let patches = 8

  /// Whether the run is too short for the published optimisation.
  var isShort: Bool { multiplyAdds != nil }

  /// The presets of longer runs, in words.
  var longer: String {
    switch self {
    case .quick: "trial, overnight or paper"
    case .trial: "overnight or paper"
    case .overnight, .paper: "paper"
    }
  }

  /// What a device is asked for where nobody says.
  static func automatic(on device: Device) -> PretrainingPreset { device.kind == .cpu ? .trial : .paper }

  /// Updates that use up the time; at least one.
  func steps(multiplyAddsPerUpdate: Double) -> Int? {
    multiplyAdds.map { max(1, Int(($0 / multiplyAddsPerUpdate).rounded())) }
  }

  /// The learning rate of a short run, whatever its batch, with a tenth of it to warm up.
  func optimization(_ published: OptimizationDefaults, batchImages: Int) -> OptimizationDefaults {
    guard isShort else { return published }
    var result = published
    (result.learningRate, result.referenceBatch) = (1e-3, batchImages)
    result.warmup = .init(.updates(1000), share: 0.1)
    result.schedule = .inclusive
    return result
  }
}

extension PretrainConfig {
  /// Chooses the preset that suits the device where there is none, and gives encoder, images and words the sizes that it
  /// has for images of a size, where nobody has said others.
  ///
  /// - Parameters:
  ///   - shortSide: of a typical image, in pixels. Images are never enlarged beyond the next multiple of a patch.
  ///   - explicit: the keys of settings that somebody has said, such as `model.imageSize`.
  ///   - comparing: whether other methods have the same network, so that what suits one of them best is none of its sizes.
  public mutating func fit(shortSide: Int, explicit: Set<String>, comparing: Bool = false) throws {
    let preset = try preset ?? .automatic(on: device.resolve())
    self.preset = preset
    try takeShapeOfEncoder(explicit: explicit)
    guard preset.isShort, tokenizer.kind != .dalle else { return }
    if encoder == nil {
      if !explicit.contains("model.architecture") { fitEncoder(preset, explicit: explicit) }
      let patches = comparing ? PretrainingPreset.patches : recipe.patches(of: preset)
      fitSizes(patches: patches, shortSide: shortSide, explicit: explicit)
    }
    if !explicit.contains("tokenizer.vocabulary") { tokenizer.vocabulary = 1024 }
    if !explicit.contains("splitmask.decoder.depth") && preset != .overnight { splitmask.decoder.depth = 1 }
  }

  /// `vit-tiny` overnight, else four blocks of width 128, with heads of 32; what is said of it stays.
  private mutating func fitEncoder(_ preset: PretrainingPreset, explicit: Set<String>) {
    let isSmall = preset != .overnight
    model.architecture = .tiny
    if !explicit.contains("model.width") { model.width = isSmall ? 128 : nil }
    if !explicit.contains("model.depth") { model.depth = isSmall ? 4 : nil }
    guard !explicit.contains("model.headCount") else { return }
    let width = model.width ?? 128
    model.headCount = isSmall ? (1...max(1, width / 32)).last { width % $0 == 0 } : nil
  }

  /// About so many patches in a row, of images of at most 96 pixels.
  private mutating func fitSizes(patches: Int, shortSide: Int, explicit: Set<String>) {
    let knowsSize = explicit.contains { $0.hasPrefix("model.imageSize") }
    let knowsPatch = explicit.contains("model.patchSize")
    let side = knowsSize ? min(model.imageSize.height, model.imageSize.width) : min(shortSide, Self.largestTrialSide)
    if !knowsPatch {
      let sides = [model.imageSize.height, model.imageSize.width]
      // Of two that are as near, the larger.
      let candidates = (2...32).reversed().filter { patch in !knowsSize || sides.allSatisfy { $0 % patch == 0 } }
      model.patchSize = candidates.min { abs(patches * $0 - side) < abs(patches * $1 - side) } ?? model.patchSize
    }
    if !knowsSize { model.imageSize = ImageSize((side + model.patchSize - 1) / model.patchSize * model.patchSize) }
  }

  private static let largestTrialSide = 96
}
