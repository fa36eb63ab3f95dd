import Foundation

/// Paths as the bytes that the file system knows, which need not be valid UTF-8.
package enum BytePath {
  private static let slash = UInt8(ascii: "/")

  /// Calls `body` with the path as C has it.
  package static func withCString<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (path + [0]).withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
  }

  /// The one absolute path of what lies there, links and `..` resolved; the path itself where nothing does.
  package static func canonical(_ path: [UInt8]) -> [UInt8] {
    withCString(path.isEmpty ? [UInt8(ascii: ".")] : path) { path -> [UInt8]? in
      guard let resolved = realpath(path, nil) else { return nil }
      defer { free(resolved) }
      return [UInt8](UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    } ?? path
  }

  /// A name below a folder, unless the name is absolute already; no folder is the working one.
  package static func joined(_ folder: [UInt8], _ name: some Collection<UInt8>) -> [UInt8] {
    if folder.isEmpty || name.first == slash { return Array(name) }
    return folder == [slash] ? folder + name : folder + [slash] + name
  }
}
