import DurableFiles
public import Foundation
import ImageData
import SplitMaskCore
import Torch

extension FeatureTable {
  /// Writes `features` `[N, D]` in the format that the file's ending says, with the images' paths in the same order: in the
  /// first column of a CSV file, else a line each in a list beside it (``FeatureFormat/files(at:)``).
  ///
  /// A path is absolute, or relative to the list's folder, so that the list can be read as one of images; paths with line
  /// breaks and the like are quoted as `PathList` has them. The metadata of a safetensors file has `features`, the kind as
  /// JSON, and `encoder`.
  ///
  /// - Returns: the files.
  /// - Throws: `InvalidSetting` for another ending; ``EvaluationError/missingFeatures(_:)``,
  ///   ``EvaluationError/nonFiniteFeatures(_:count:example:)`` before anything is written; `FileError` when the disk refuses.
  @discardableResult
  public func write(_ kind: FeatureKind, to url: URL) throws -> [URL] {
    let format = try FeatureFormat(of: url)
    try checkFinite(kind)
    let files = format.files(at: url)
    let values = try values(kind)
    let paths = paths(from: url.deletingLastPathComponent())
    if files.count > 1 { try AtomicFile.write(PathList.text(of: paths), to: files[1]) }
    switch format {
    case .safetensors:
      let metadata = ["features": "\"\(kind.rawValue)\"", "encoder": source]
      try SafetensorsWriter.write([("features", values)], metadata: metadata, to: url)
    case .npy: try writeArray(values, to: url)
    case .csv: try writeTable(values, paths: paths, to: url)
    }
    return files
  }

  /// The images' paths as they lead to them from a folder.
  private func paths(from folder: URL) -> [[UInt8]] {
    let here = FileManager.default.currentDirectoryPath
    let paths = names.map { PrintableName.bytes(of: $0) }
    guard folder.resolvingSymlinksInPath().path != URL(fileURLWithPath: here).resolvingSymlinksInPath().path else {
      return paths
    }
    let prefix = Array((here == "/" ? here : here + "/").utf8)
    return paths.map { $0.first == UInt8(ascii: "/") ? $0 : prefix + $0 }
  }

  /// Version 1.0 of NumPy's format (numpy.lib.format).
  private func writeArray(_ values: Tensor, to url: URL) throws {
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(values.shape[0]), \(values.shape[1])), }"
    let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    // The values begin at a multiple of 64 bytes; the line end belongs to the header.
    header += String(repeating: " ", count: 63 - (start.count + 2 + header.utf8.count) % 64) + "\n"
    try AtomicFile.write(to: url) { file in
      try file.write(
        Data(start + [UInt8(header.utf8.count & 0xff), UInt8(header.utf8.count >> 8)] + Array(header.utf8)))
      try values.array(of: Float.self).withUnsafeBytes { try file.write($0) }
    }
  }

  private func writeTable(_ values: Tensor, paths: [[UInt8]], to url: URL) throws {
    let (rows, width) = (values.array(of: Float.self), values.shape[1])
    try AtomicFile.write(to: url) { file in
      try file.write(Data(CSVLine.text(["path"] + (0..<width).map { "f\($0)" }).utf8))
      for (index, path) in paths.enumerated() {
        let row = rows[index * width..<(index + 1) * width].map { "\($0)" }
        let line = CSVLine.text([String(decoding: PathList.line(of: path), as: UTF8.self)] + row)
        try file.write(Data(line.utf8))
      }
    }
  }
}
