import DurableFiles
import Foundation
public import Torch

/// Evaluates a network on held-out images after epochs of its training, and keeps in the run folder what the last
/// evaluation of the run found.
public final class PeriodicEvaluation<Result: Codable> {
  /// What the last evaluation found; nil before the first.
  public private(set) var lastResult: Result?

  private let everyEpochs: Int
  private let fileName: String
  private let evaluate: (ProcessGroup) throws -> Result

  /// - Parameters:
  ///   - everyEpochs: epochs between two evaluations; the last epoch is always evaluated.
  ///   - fileName: of the last result in the run folder, as JSON.
  ///   - evaluate: evaluates the network as it is; called by all processes.
  public init(everyEpochs: Int, fileName: String, evaluate: @escaping (ProcessGroup) throws -> Result) {
    self.everyEpochs = everyEpochs
    self.fileName = fileName
    self.evaluate = evaluate
  }

  /// Evaluates where it is time.
  ///
  /// - Parameters:
  ///   - context: of the epoch's last update.
  ///   - folder: the run folder.
  /// - Returns: what was found; nil where this epoch is not evaluated.
  /// - Throws: what evaluating throws; `FileError`.
  public func finishEpoch(in context: StepContext, folder: RunFolder) throws -> Result? {
    let isLast = context.step == context.totalSteps
    guard isLast || (context.epoch + 1) % everyEpochs == 0 else { return nil }
    let result = try evaluate(context.processes)
    lastResult = result
    if isLast && context.processes.isFirst {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try AtomicFile.write(try encoder.encode(result), to: folder.url.appending(path: fileName))
    }
    return result
  }

  /// What the last evaluation of a complete run found; nil where its folder does not say.
  public func savedResult(in folder: RunFolder) -> Result? {
    let content = try? Data(contentsOf: folder.url.appending(path: fileName))
    return content.flatMap { try? JSONDecoder().decode(Result.self, from: $0) }
  }
}
