import Foundation

/// plotly.js, which draws the charts of a comparison's page.
enum PlotLibrary {
  /// The library beside this program: in `share/splitmask` of a distribution, or in `.deps/plotly` of the clone it was
  /// built in; nil where neither is there, which costs a page its charts.
  static func find() -> URL? {
    guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
    var folder = program.deletingLastPathComponent()
    let shipped = folder.deletingLastPathComponent().appendingPathComponent("share/splitmask/plotly.min.js")
    if isFile(shipped) { return shipped }
    while folder.path != "/" {
      let fetched = folder.appendingPathComponent(".deps/plotly/plotly.min.js")
      if isFile(fetched) { return fetched }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  private static func isFile(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && !isFolder.boolValue
  }
}
