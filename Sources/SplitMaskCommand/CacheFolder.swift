import Foundation

/// Where the program keeps what it can make again, by the customs of the system.
enum CacheFolder {
  /// `splitmask/tar-indexes` in $XDG_CACHE_HOME, or else in ~/.cache (~/Library/Caches on macOS).
  static var tarIndexes: URL { root.appendingPathComponent("splitmask/tar-indexes", isDirectory: true) }

  /// `splitmask/costs` beside it: what runs cost on this machine.
  static var costs: URL { root.appendingPathComponent("splitmask/costs", isDirectory: true) }

  private static var root: URL {
    // The specification wants relative paths ignored.
    if let named = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"], named.hasPrefix("/") {
      return URL(fileURLWithPath: named, isDirectory: true)
    }
    let home = FileManager.default.homeDirectoryForCurrentUser
    #if canImport(Darwin)
      return home.appendingPathComponent("Library/Caches", isDirectory: true)
    #else
      return home.appendingPathComponent(".cache", isDirectory: true)
    #endif
  }
}
