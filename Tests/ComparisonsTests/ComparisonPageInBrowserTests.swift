import Comparisons
import Foundation
import Testing

/// The page as a browser draws it, where this machine has a browser; nothing is installed for it.
private enum Browser {
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let isHere: Bool = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return ["chromium", "chromium-browser", "google-chrome"].contains { name in
      folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
  }()

  /// What `scripts/check-page.sh` ends with.
  static func check(_ page: URL) throws -> Int32 {
    let process = Process()
    process.executableURL = repository.appendingPathComponent("scripts/check-page.sh")
    process.arguments = [page.path]
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}

@Suite(.enabled(if: Browser.isHere, "there is no Chromium here")) struct ComparisonPageInBrowserTests {
  @Test func everyChartIsDrawnWithoutANetwork() throws {
    let library = try String(
      contentsOf: Browser.repository.appendingPathComponent(".deps/plotly/plotly.min.js"), encoding: .utf8)
    #expect(try check(library: library) == 0)
  }

  @Test func chartThatIsNotDrawnIsNoticed() throws {
    #expect(try check(library: "var Plotly = { react() {} };") != 0)
  }

  private func check(library: String) throws -> Int32 {
    let report = ComparisonReport.realistic()
    let page = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID().uuidString).html")
    defer { try? FileManager.default.removeItem(at: page) }
    try Data(ComparisonPage.html(report: report, pictures: report.fixturePictures, plotly: library).utf8).write(
      to: page)
    return try Browser.check(page)
  }
}
