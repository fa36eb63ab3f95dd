import Foundation
import Testing

@Suite struct PlotLibraryTests {
  @Test func isFoundBesideADistributionsProgramAndAboveABuiltOne() throws {
    let bench = try Workbench(images: 0)
    for (program, library) in [
      ("dist/libexec/splitmask", "dist/share/splitmask/plotly.min.js"),
      ("clone/.build/release/splitmask", "clone/.deps/plotly/plotly.min.js"),
    ] {
      try bench.write(Data("var Plotly;".utf8), to: library)
      try bench.write(Data(), to: program)
      try FileManager.default.removeItem(at: bench.file(program))
      try FileManager.default.copyItem(at: Workbench.executable, to: bench.file(program))
      #expect(try Self.doctor(bench.file(program)).hasSuffix("/" + library))
    }
    try FileManager.default.removeItem(at: bench.file("clone/.deps"))
    #expect(try Self.doctor(bench.file("clone/.build/release/splitmask")).contains("make setup"))
  }

  /// What `splitmask doctor` says about the library.
  private static func doctor(_ program: URL) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = program
    process.arguments = ["doctor"]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(separator: "\n").first { $0.hasPrefix("plotly.js") }.map(String.init) ?? ""
  }
}
