import Foundation
import Testing

/// Encoders taken to other programs.
@Suite struct ExportCommandTests {
  private let bench: Workbench

  init() throws {
    bench = try Workbench()
    let trained = try bench.run(bench.pretrain())
    try #require(trained.status == 0, "\(trained)")
  }

  private func export(_ format: String, _ out: String, _ more: String...) throws -> Finished {
    try bench.run(["export", bench.path("run"), "--to", format, "--out", bench.path(out)] + more)
  }

  @Test func everyFormatIsWrittenOnce() throws {
    for (format, out) in [("onnx", "encoder.onnx"), ("huggingface", "hf"), ("timm", "timm")] {
      let written = try export(format, out, "--json")
      #expect(written.status == 0, "\(written)")
      let result = try JSONSerialization.jsonObject(with: Data(written.output.utf8)) as? [String: Any]
      #expect(result?["kind"] as? String == "encoder" && (result?["bytes"] as? Int ?? 0) > 50_000, "\(written)")
      let again = try export(format, out)
      #expect(again.status == 64 && again.errors.contains("--overwrite"), "\(again)")
      #expect(try export(format, out, "--overwrite").status == 0)
    }
    let card = try bench.text("hf/README.md")
    #expect(
      card.contains("* training: splitmask") && card.contains("* images: 20") && card.contains("* updates: 2"),
      "\(card)")
  }

  @Test func theRunIsNeverWrittenTo() throws {
    let before = try Data(contentsOf: bench.file("run/encoder.safetensors"))
    let result = try export("timm", "run", "--overwrite")
    #expect(result.status == 64 && result.errors.contains("no part of an export"), "\(result)")
    #expect(try Data(contentsOf: bench.file("run/encoder.safetensors")) == before)
  }

  @Test func tablesAreNoNetworks() throws {
    let embedded = try bench.run(
      [
        "embed", bench.path("data/val"), "--from", bench.path("run"), "--out", bench.path("f.safetensors"), "--device",
        "cpu",
      ])
    #expect(embedded.status == 0, "\(embedded)")
    let result = try bench.run(
      ["export", bench.path("f.safetensors"), "--to", "timm", "--out", bench.path("timm")])
    #expect(result.status == 65 && result.errors.contains("a table of features"), "\(result)")
    #expect(!bench.exists("timm"))
  }
}
