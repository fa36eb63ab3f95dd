import DurableFiles
public import Foundation
import Torch

extension FeatureTable {
  /// Writes `features` `[N, D]` to a safetensors file and, beside it with the ending `txt`, one image name a line in the
  /// same order.
  ///
  /// The file's metadata has `features`, the kind as JSON, and `encoder`. A line break in a name is written as `\n`.
  ///
  /// - Returns: where the names are.
  /// - Throws: ``EvaluationError/missingFeatures(_:)``, ``EvaluationError/nonFiniteFeatures(_:count:example:)`` before anything is
  ///   written; `FileError` when the disk refuses.
  @discardableResult
  public func write(_ kind: FeatureKind, to url: URL) throws -> URL {
    try checkFinite(kind)
    let listing = url.deletingPathExtension().appendingPathExtension("txt")
    let lines = names.map { $0.replacingOccurrences(of: "\n", with: "\\n") + "\n" }
    try AtomicFile.write(Data(lines.joined().utf8), to: listing)
    let metadata = ["features": "\"\(kind.rawValue)\"", "encoder": source]
    try SafetensorsWriter.write([("features", values(kind))], metadata: metadata, to: url)
    return listing
  }
}
