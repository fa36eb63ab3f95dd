import DurableFiles
import Foundation
import Testing

/// Some of what `Benchmarks/fuzz.py` does with tens of thousands of files.
@Suite struct DamagedFilesTests {
  private static let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Goldens")

  @Test func imagesOfEveryFormatAreReadOrRefused() throws {
    let bench = try Workbench(images: 0)
    var files: [String] = []
    for golden in ["images.safetensors", "formats.safetensors"] {
      let goldens = try SafetensorsFile(Self.goldens.appending(path: "images/" + golden))
      for name in goldens.names where name.hasSuffix("/encoded") {
        let entry = try #require(goldens[name])
        files.append("sound/\(files.count).image")
        try bench.write(withExtendedLifetime(entry) { Data(entry.bytes) }, to: files.last!)
      }
    }
    #expect(files.count > 50)
    try survive(bench, "image", files.map(bench.path), count: 400)
  }

  @Test(arguments: [
    (
      "weights", ["pytorch/state.pth", "pytorch/module.pth", "pytorch/lightning.ckpt", "safetensors/mixed.safetensors"]
    ),
    ("tar", ["tar/gnu.tar", "tar/pax.tar"]), ("coco", ["coco/goldens.json"]),
  ])
  func goldenFilesAreReadOrRefused(reader: String, files: [String]) throws {
    try survive(
      try Workbench(images: 0), reader, files.map { Self.goldens.appending(path: $0).path }, count: 200)
  }

  @Test(arguments: [
    ("list", "a/b.png,first\n\"a/c, d.png\",\"the \"\"second\"\"\"\na/e.png,first\n"),
    ("settings", "seed: 7\ntraining:\n  batchSize: 64\n  learningRate: 1e-3\nmodel: {width: 96, depth: 4}\n"),
  ])
  func textsAreReadOrRefused(reader: String, text: String) throws {
    let bench = try Workbench(images: 0)
    let file = reader == "list" ? "list.csv" : "settings.yaml"
    try bench.write(Data(text.utf8), to: file)
    try survive(bench, reader, [bench.path(file)], count: 300)
  }

  private func survive(_ bench: Workbench, _ reader: String, _ files: [String], count: Int) throws {
    let fuzz = Workbench.executable.deletingLastPathComponent().appending(path: "ReaderFuzz")
    let running = try bench.start(
      files + ["--reader", reader, "--count", "\(count)", "--scratch", bench.path("scratch")], program: fuzz)
    let finished = try bench.finish(running)
    #expect(finished.status == 0, "\(finished); the file is number \((try? bench.text("scratch/number")) ?? "?")")
    struct Counts: Decodable { let read, refused: Int }
    let counts = try JSONDecoder().decode(Counts.self, from: Data(finished.output.utf8))
    #expect(counts.read + counts.refused == count && counts.refused > 0, "\(finished)")
  }
}
