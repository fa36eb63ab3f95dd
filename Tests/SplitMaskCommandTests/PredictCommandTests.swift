import DurableFiles
import Foundation
import Testing
import Torch

/// Classes of new images by a fine-tuned classifier.
@Suite struct PredictCommandTests {
  private let bench: Workbench

  init() throws {
    bench = try Workbench()
    let tuned = try bench.run(
      ["finetune", bench.path("data/train"), bench.path("data/val"), "--from", "random", "--out", bench.path("tuned")]
        + [
          "--device", "cpu", "--workers", "1", "--model", "vit-tiny", "--image-size", "16", "--patch-size", "4",
          "--batch-size", "4", "--steps", "6", "--set", "model.width=32", "--set", "model.depth=2", "--set",
          "model.headCount=2", "--json",
        ])
    try #require(tuned.status == 0, "\(tuned)")
    try tuned.output.write(to: bench.file("tuned.json"), atomically: true, encoding: .utf8)
  }

  private func predict(_ images: String, _ more: String..., out: String = "found.csv") throws -> Finished {
    try bench.run(
      ["predict", bench.path(images), "--from", bench.path("tuned"), "--out", bench.path(out), "--device", "cpu"] + more
    )
  }

  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func rows(_ name: String = "found.csv") throws -> [[Substring]] {
    try bench.text(name).split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
  }

  @Test func agreesWithWhatTrainingMeasured() throws {
    let found = try predict("data/val", "--json")
    #expect(found.status == 0, "\(found)")
    let measured = try #require(try json(bench.text("tuned.json"))["top1"] as? Double)
    let accuracy = try #require(try json(found.output)["accuracy"] as? Double)
    #expect(abs(100 * accuracy - measured) < 1e-9)
    let rows = try rows()
    #expect(rows[0] == ["path", "class", "probability", "label"])
    #expect(rows.dropFirst().count { $0[1] == $0[3] } == Int((accuracy * Double(rows.count - 1)).rounded()))
  }

  @Test func probabilitiesAreThoseOfTheTable() throws {
    let found = try predict(
      "data/val", "--top", "3", "--probabilities", bench.path("all.safetensors"), "--page", bench.path("page.html"))
    #expect(found.status == 0, "\(found)")
    let table = try SafetensorsFile(bench.file("all.safetensors")).tensor("probabilities")
    let rows = try rows().dropFirst()
    #expect(table.shape[0] == rows.count)
    for (row, image) in rows.enumerated() {
      let own = table.selected(0, row).array(of: Float.self)
      #expect(abs(own.reduce(0, +) - 1) < 1e-5)
      for (rank, value) in own.sorted(by: >).prefix(3).enumerated() {
        #expect(abs(value - (Float(image[2 + 2 * rank]) ?? 9)) < 1e-6)
      }
    }
    let page = try bench.text("page.html")
    #expect(page.contains("The least certain images") && page.contains("data:image/png;base64,"))
  }

  @Test func imagesThatCannotBeReadKeepTheirPlace() throws {
    try bench.write(try picture(1), to: "new/2024-01/a.png")
    try bench.write(Data(try picture(2).prefix(60)), to: "new/2024-01/b.png")
    try bench.write(try picture(3), to: "new/2024-02/c.png")
    let found = try predict("new", out: "found.jsonl")
    // Folders that are no classes give no accuracy.
    #expect(found.status == 0 && !found.output.contains("%"), "\(found)")
    #expect(found.output.contains("2 images, and 1 that cannot be read"), "\(found)")
    let lines = try bench.text("found.jsonl").split(separator: "\n").map { try json(String($0)) }
    #expect(lines.map { ($0["path"] as? String)?.suffix(5) } == ["a.png", "b.png", "c.png"])
    #expect(lines[1]["class"] is NSNull && (lines[1]["reason"] as? String)?.isEmpty == false)
    #expect(lines[0]["class"] is String && lines[0]["label"] == nil)
    let again = try predict("new", out: "found.jsonl")
    #expect(again.status == 64 && again.errors.contains("--overwrite"), "\(again)")
  }

  @Test func otherFilesAreRefused() throws {
    let trained = try bench.run(bench.pretrain())
    #expect(trained.status == 0, "\(trained)")
    let encoder = try bench.run(
      ["predict", bench.path("data/val"), "--from", bench.path("run"), "--out", bench.path("found.csv")])
    #expect(encoder.status == 65 && encoder.errors.contains("but no classifier"), "\(encoder)")
    #expect(encoder.errors.contains("finetune"), "\(encoder)")
    let format = try predict("data/val", out: "found.txt")
    #expect(format.status == 64 && format.errors.contains(".csv or .jsonl"), "\(format)")
    let twice = try predict("data/val", "--page", bench.path("./found.csv"))
    #expect(twice.status == 64 && twice.errors.contains("written twice"), "\(twice)")
    #expect(!bench.exists("found.csv"))
  }
}
