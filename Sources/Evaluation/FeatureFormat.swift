public import Foundation
import SplitMaskCore

/// What kind of file features are written to; the file's ending says it.
public enum FeatureFormat: String, Codable, Hashable, Sendable, CaseIterable {
  /// Hugging Face's format: a tensor `features` `[N, D]`, and what made it in the metadata.
  case safetensors
  /// A header, then a line an image: its path and its D values, as RFC 4180 has it.
  case csv
  /// NumPy's format, an array `[N, D]` of 32-bit floats.
  case npy

  /// The format that a file's ending says.
  ///
  /// - Throws: `InvalidSetting` about `out` for another ending.
  public init(of url: URL) throws {
    guard let format = FeatureFormat(rawValue: url.pathExtension.lowercased()) else {
      let endings = FeatureFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
      throw InvalidSetting(
        "out",
        "the ending of \(url.lastPathComponent) says no format that features are written in; use one of \(endings)")
    }
    self = format
  }

  /// The files of features that are written to `url`: that one and, where it has no place for the images' paths, a list of
  /// them beside it, whose name ends in `.txt`.
  public func files(at url: URL) -> [URL] {
    self == .csv ? [url] : [url, url.deletingPathExtension().appendingPathExtension("txt")]
  }
}
