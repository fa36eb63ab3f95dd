public import Foundation

/// Writes whole folders: a folder of the final name holds everything or does not exist.
public enum AtomicFolder {
  /// Fills a folder aside, then gives it its name. A folder of that name is replaced.
  ///
  /// A crash between the two renames of a replacement leaves the old folder under its aside name, which
  /// `removeLeftovers` deletes: whoever replaces folders keeps more than one.
  ///
  /// - Parameters:
  ///   - destination: the name that the folder gets.
  ///   - body: Writes files into the folder it is given, in any way; all of them are synchronised here.
  /// - Throws: `FileError`, or what `body` throws; nothing is left beside `destination` then.
  public static func create<Result>(_ destination: URL, _ body: (URL) throws -> Result) throws -> Result {
    let parent = destination.deletingLastPathComponent()
    let aside = Disk.asideURL(for: destination)
    guard mkdir(aside.path, 0o777) == 0 else { throw FileError("create the folder", destination, code: errno) }
    do {
      let result = try body(aside)
      try synchronizeTree(aside)
      try replace(destination, with: aside)
      try Disk.synchronizeFolder(parent)
      return result
    } catch {
      try? FileManager.default.removeItem(at: aside)
      throw error
    }
  }

  /// Deletes what crashed writers left in `folder`: partial files and partial folders, not looking deeper.
  ///
  /// Only for the one owner of `folder`, before it writes: another writer's partial files look the same.
  ///
  /// - Returns: The names deleted, sorted.
  /// - Throws: `FileError` when `folder` cannot be read.
  @discardableResult
  public static func removeLeftovers(in folder: URL) throws -> [String] {
    guard let stream = opendir(folder.path) else { throw FileError("read", folder, code: errno) }
    closedir(stream)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter(Disk.isPartialName).sorted()
    for name in names { try FileManager.default.removeItem(at: folder.appendingPathComponent(name)) }
    return names
  }

  private static func replace(_ destination: URL, with aside: URL) throws {
    if Foundation.rename(aside.path, destination.path) == 0 { return }
    guard errno == ENOTEMPTY || errno == EEXIST else { throw FileError("write", destination, code: errno) }
    let old = Disk.asideURL(for: destination)
    try Disk.rename(destination, to: old)
    do {
      try Disk.rename(aside, to: destination)
    } catch {
      try? Disk.rename(old, to: destination)
      throw error
    }
    try? FileManager.default.removeItem(at: old)
  }

  private static func synchronizeTree(_ folder: URL) throws {
    let contents = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: [.isDirectoryKey, .isRegularFileKey])
    for item in contents {
      let kind = try item.resourceValues(forKeys: [.isDirectoryKey, .isRegularFileKey])
      if kind.isDirectory == true {
        try synchronizeTree(item)
      } else if kind.isRegularFile == true {
        try Disk.synchronizeFile(item)
      }
    }
    try Disk.synchronizeFolder(folder)
  }
}
