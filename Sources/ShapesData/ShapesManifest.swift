import DurableFiles
import Foundation

/// The parameters of a data set on disk: `shapes.partial.json` while it is being written, `shapes.json` from then on.
struct ShapesManifest: Codable, Hashable {
  /// To be raised whenever the drawing changes, so that old and new images never mix.
  static let currentVersion = 2
  static let finishedName = "shapes.json"
  static let partialName = "shapes.partial.json"

  /// What a folder holds, as far as writing a data set into it goes.
  enum FolderState { case vacant, interrupted, finished }

  var version = currentVersion
  let parameters: ShapesDataset.Config

  /// What `root` holds.
  ///
  /// - Throws: `ShapesError` when it is anything but nothing or this data set.
  func state(of root: URL) throws(ShapesError) -> FolderState {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: root.path, isDirectory: &isFolder) else { return .vacant }
    guard isFolder.boolValue else { throw .cannotWrite(path: root.path, reason: "There is a file of that name.") }
    for (name, state) in [(Self.finishedName, FolderState.finished), (Self.partialName, .interrupted)] {
      guard let data = files.contents(atPath: root.appendingPathComponent(name).path) else { continue }
      guard let found = try? JSONDecoder().decode(Self.self, from: data) else {
        throw .foreignFolder(path: root.path, entry: name)
      }
      guard found == self else { throw .otherDataset(path: root.path, differences: differences(from: found)) }
      return state
    }
    let entries: [String]
    do {
      entries = try files.contentsOfDirectory(atPath: root.path)
    } catch {
      throw .cannotWrite(path: root.path, reason: error.localizedDescription)
    }
    // Hidden files, such as the desktop's, are nobody's data.
    if let entry = entries.filter({ !$0.hasPrefix(".") }).min() { throw .foreignFolder(path: root.path, entry: entry) }
    return .vacant
  }

  /// Says in `root` that the data set is being written, or, when `finished`, that it is whole.
  func write(to root: URL, finished: Bool) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let name = finished ? Self.finishedName : Self.partialName
    try AtomicFile.write(encoder.encode(self), to: root.appendingPathComponent(name))
    if finished { try FileManager.default.removeItem(at: root.appendingPathComponent(Self.partialName)) }
  }

  private func differences(from found: Self) -> [String] {
    let pairs: [(String, String, String)] = [
      ("version", "\(found.version)", "\(version)"),
      ("images", "\(found.parameters.images)", "\(parameters.images)"),
      ("width", "\(found.parameters.width)", "\(parameters.width)"),
      ("height", "\(found.parameters.height)", "\(parameters.height)"),
      ("seed", "\(found.parameters.seed)", "\(parameters.seed)"),
      ("validationShare", "\(found.parameters.validationShare)", "\(parameters.validationShare)"),
      ("classes", found.parameters.classes.listed, parameters.classes.listed),
      ("channels", "\(found.parameters.channels)", "\(parameters.channels)"),
      ("bits", "\(found.parameters.bits)", "\(parameters.bits)"),
    ]
    return pairs.filter { $0.1 != $0.2 }.map { "\($0.0) there \($0.1), asked for \($0.2)" }
  }
}

extension [ShapeClass] {
  fileprivate var listed: String { map(\.rawValue).joined(separator: "+") }
}
