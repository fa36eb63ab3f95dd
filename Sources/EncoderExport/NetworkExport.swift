import DurableFiles
package import Foundation
import SplitMaskCore

/// Writes a network for another program.
package struct NetworkExport {
  private let format: ExportFormat
  private let precision: ExportPrecision
  private let includesPreprocessing: Bool
  private let out: URL

  /// - Parameters:
  ///   - format: whose file or folder is written.
  ///   - precision: of the weights.
  ///   - includesPreprocessing: whether an ONNX graph normalises bytes itself.
  ///   - out: the file or folder.
  /// - Throws: `InvalidSetting` for what the format has not.
  package init(
    to format: ExportFormat, precision: ExportPrecision = .float32, includesPreprocessing: Bool = false, at out: URL
  ) throws {
    if format == .onnx {
      guard out.pathExtension.lowercased() == "onnx" else {
        throw InvalidSetting("out", "\(out.lastPathComponent) does not end in .onnx; name a file that does")
      }
    } else {
      guard precision == .float32 else {
        throw InvalidSetting(
          "precision", "--to \(format.rawValue) writes float32, which its loaders convert; leave the option away")
      }
      guard !includesPreprocessing else {
        throw InvalidSetting(
          "include-preprocessing", "is of --to onnx alone; leave it away, or use --to onnx")
      }
    }
    self.format = format
    self.precision = precision
    self.includesPreprocessing = includesPreprocessing
    self.out = out
  }

  /// The files that are written.
  private var files: [URL] {
    switch format {
    case .onnx: [out]
    case .huggingFace: HuggingFaceFolder.files.map { out.appending(path: $0) }
    case .timm: TimmFolder.files.map { out.appending(path: $0) }
    }
  }

  /// Looks at the place before any work, and makes the folder above it. A folder that is replaced holds nothing but an
  /// earlier export.
  ///
  /// - Parameters:
  ///   - overwriting: whether an earlier export may be replaced.
  ///   - input: the file that is read.
  /// - Throws: `InvalidSetting` where something stands in the way, `FileError` where nothing can be written.
  package func prepare(overwriting: Bool, reading input: URL) throws {
    if format != .onnx { try checkFolder() }
    try OutputPlan(files).check(overwriting: overwriting) { note in note(Array(input.path.utf8)) }
    try OutputPlan([out]).prepare()
  }

  private func checkFolder() throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: out.path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else {
      throw InvalidSetting("out", "\(out.path) is a file, and a folder is to be written; name another place")
    }
    let own = Set(HuggingFaceFolder.files + TimmFolder.files)
    let others = try FileManager.default.contentsOfDirectory(atPath: out.path).filter { !own.contains($0) }
    if let first = others.min() {
      throw InvalidSetting(
        "out", "\(out.path) holds \(first), which is no part of an export; name a folder that is new or holds one")
    }
  }

  /// Writes the network: all of it, or nothing.
  ///
  /// - Returns: what was written.
  /// - Throws: ``ExportError``, `FileError`.
  package func write(_ network: ExportedNetwork) throws -> WrittenNetwork {
    try format.check(network)
    switch format {
    case .onnx:
      try ONNXFile.write(network, precision: precision, includesPreprocessing: includesPreprocessing, to: out)
    case .huggingFace: try HuggingFaceFolder.write(network, to: out)
    case .timm: try TimmFolder.write(network, to: out)
    }
    let bytes = files.reduce(0) { sum, file in
      sum + ((try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0)
    }
    return WrittenNetwork(
      path: out.relativePath, format: format.rawValue, kind: network.head == nil ? "encoder" : "classifier",
      bytes: bytes,
      snippet: ExportSnippet.text(format, network, at: out.relativePath))
  }
}

/// What an export wrote.
package struct WrittenNetwork: Encodable, CustomStringConvertible {
  /// The file or folder.
  package let path: String
  /// Whose it is.
  package let format: String
  /// `encoder` or `classifier`.
  package let kind: String
  /// Of all files.
  package let bytes: Int
  /// Three lines of Python that load it.
  package let snippet: String

  /// What, where, how large, and how to load it.
  package var description: String { "\(path): the \(kind), \(HumanReadable.byteCount(bytes))\n\n\(snippet)" }
}
