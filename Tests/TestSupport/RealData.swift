package import Foundation

/// The real data of the folder that `SPLITMASK_TEST_DATA` names.
package enum RealData {
  private static let folder = ProcessInfo.processInfo.environment["SPLITMASK_TEST_DATA"].map { URL(filePath: $0) }

  /// Whether a data set is there.
  package static func has(_ name: String) -> Bool {
    guard let folder else { return false }
    return FileManager.default.fileExists(atPath: folder.appending(path: "\(name).tar.xz").path)
  }

  /// A data set's folder, unpacked on first use beside other temporary files.
  package static func unpacked(_ name: String) throws -> URL {
    let files = FileManager.default
    let cache = files.temporaryDirectory.appending(path: "splitmask-test-data")
    let result = cache.appending(path: name)
    guard let folder, !files.fileExists(atPath: result.path) else { return result }
    let partial = cache.appending(path: UUID().uuidString)
    try files.createDirectory(at: partial, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: partial) }
    let tar = Process()
    tar.executableURL = URL(filePath: "/usr/bin/env")
    tar.arguments = ["tar", "xJf", folder.appending(path: "\(name).tar.xz").path, "-C", partial.path]
    try tar.run()
    tar.waitUntilExit()
    guard tar.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
    // Another test may have been faster.
    do { try files.moveItem(at: partial.appending(path: name), to: result) } catch {
      guard files.fileExists(atPath: result.path) else { throw error }
    }
    return result
  }
}
