import DurableFiles
import Foundation
package import SelfSupervision
import SplitMaskCore
import Torch
import Training

extension Pretraining {
  /// What the run's words are made for.
  package var specification: PatchTokenizer.Specification { config.specification(of: config.tokenizer) }

  /// The words of a member's task; nil for a method without any.
  ///
  /// - Throws: `StopRequested`, in all processes, when the first was asked to stop.
  func tokenizer(_ request: TaskRequest) throws -> PatchTokenizer? {
    guard method.usesWords else { return nil }
    guard let folder = request.folder else { return try standInTokenizer() }
    let member = request.member
    // The others wait, so all threads are there for it.
    let share = Engine.threadCount
    if member.isOfThreads, member.isFirst { Engine.threadCount = share * member.size }
    defer { Engine.threadCount = share }
    guard member.isFirst else { return try receivedTokenizer(from: member) }
    let tokenizer: PatchTokenizer
    do {
      tokenizer = try savedTokenizer(in: folder, request)
    } catch let stopped as StopRequested {
      // Nothing, which is no file of words, tells the others.
      if !member.isAlone { _ = try member.broadcast([UInt8]()) }
      throw stopped
    }
    if !member.isAlone { _ = try member.broadcast([UInt8](Foundation.Data(contentsOf: folder.tokenizer))) }
    return tokenizer
  }

  /// Makes the words from the images where their kind needs them.
  ///
  /// - Parameter progress: called now and then; what it throws ends the making.
  package func makeTokenizer(progress: (PatchTokenizer.Progress) throws -> Void) throws -> PatchTokenizer {
    try PatchTokenizer.make(specification, from: try patchSource(), device: device, progress: progress)
  }

  /// The first process's words.
  private func receivedTokenizer(from member: ProcessGroup) throws -> PatchTokenizer {
    let content = try member.broadcast([UInt8]())
    guard !content.isEmpty else { throw StopRequested() }
    let file = FileManager.default.temporaryDirectory.appending(path: "splitmask-words-\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    try AtomicFile.write(Foundation.Data(content), to: file)
    return try PatchTokenizer.load(from: file, device: device)
  }

  /// The run's own words: read where they were saved, else those that several runs share, else made; and saved.
  private func savedTokenizer(in folder: RunFolder, _ request: TaskRequest) throws -> PatchTokenizer {
    if let saved = try existingTokenizer(folder.tokenizer) { return saved }
    let tokenizer = try sharedTokenizer(request)
    let statistics = try tokenizer.survey(try patchSource()) { _, _ in try request.stop.check() }
    request.observer(
      .noted(
        """
        words: \(config.tokenizer.kind.rawValue), \(statistics.usedWords) of \(statistics.vocabulary) in use, \
        perplexity \(HumanReadable.number(statistics.perplexity))
        """))
    if let warning = statistics.warning { request.observer(.warned(warning)) }
    try config.writeIfNew(to: folder)
    try tokenizer.save(to: folder.tokenizer)
    return tokenizer
  }

  private func existingTokenizer(_ file: URL) throws -> PatchTokenizer? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try PatchTokenizer.load(from: file, device: device)
  }

  private func sharedTokenizer(_ request: TaskRequest) throws -> PatchTokenizer {
    if let shared = try sharedWords.flatMap(existingTokenizer) { return shared }
    let tokenizer = try makeTokenizer {
      try request.stop.check()
      Self.report($0, to: request.observer)
    }
    if let sharedWords {
      try FileManager.default.createDirectory(
        at: sharedWords.deletingLastPathComponent(), withIntermediateDirectories: true)
      try tokenizer.save(to: sharedWords)
    }
    return tokenizer
  }

  private static func report(_ progress: PatchTokenizer.Progress, to observer: (TrainingEvent) -> Void) {
    switch progress {
    case .reading, .assigning: progress.report()
    case .clustering(let iteration, let total, let distance, let empty):
      let figures = "mean distance \(HumanReadable.number(distance)), \(empty) empty"
      observer(.noted("visual words: k-means \(iteration)/\(total), \(figures)"))
    }
  }

  /// Words to take the time of an update with: those that would have to be made first are replaced by random ones, which
  /// are looked up as fast.
  private func standInTokenizer() throws -> PatchTokenizer {
    var words = config.tokenizer
    if [.randomPatches, .kMeans].contains(words.kind) { words.kind = .randomProjection }
    return try PatchTokenizer.make(
      config.specification(of: words), from: try patchSource(), device: device, progress: { _ in })
  }
}

extension PretrainConfig {
  /// What words of these settings are made for.
  func specification(of tokenizer: PatchTokenizer.Config) -> PatchTokenizer.Specification {
    PatchTokenizer.Specification(
      tokenizer, patchSize: tokenizer.patchSize(encoderPatchSize: model.patchSize), normalization: seenPixels,
      seed: seed, grid: tokenizer.kind == .dalle ? model.grid : nil)
  }
}
