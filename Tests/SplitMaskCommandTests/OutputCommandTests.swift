import DurableFiles
import Foundation
import Testing

/// What commands write never costs the user a file.
@Suite struct OutputCommandTests {
  private static let shape = [
    "--device", "cpu", "--workers", "1", "--model", "vit-tiny", "--image-size", "32", "--patch-size", "16", "--set",
    "model.width=32", "--set", "model.depth=4", "--set", "model.headCount=2", "--batch-size", "2", "--steps", "1",
    "--from", "random",
  ]

  private func detector(_ bench: Workbench) throws {
    let trained = try bench.run(
      ["detect", "train", bench.path("data"), bench.path("data/instances_train.json"), "--out", bench.path("net")] + [
        "--set", "detector.channels=16", "--set", "detector.hiddenWidth=32", "--set", "augmentation.shortSides=[32]",
        "--set", "augmentation.cropProbability=0", "--set", "evaluation.view.shortSide=32",
      ] + OutputCommandTests.shape)
    try #require(trained.status == 0, "\(trained)")
  }

  private func segmenter(_ bench: Workbench) throws {
    let trained = try bench.run(
      ["segment", "train", bench.path("data"), "--split", "train", "--out", bench.path("net")] + [
        "--set", "segmenter.channels=16", "--set", "segmenter.auxiliaryChannels=16", "--set",
        "augmentation.shortSide=32", "--set", "augmentation.cropSize=32", "--set", "evaluation.shortSide=32",
      ] + OutputCommandTests.shape)
    try #require(trained.status == 0, "\(trained)")
  }

  private func predict(_ kind: String, _ bench: Workbench, _ images: String, _ out: String, _ more: String...)
    throws -> Finished
  {
    try bench.run(
      [kind, "predict", bench.path(images), "--out", bench.path(out), "--from", bench.path("net"), "--device", "cpu"]
        + more)
  }

  private func writePictures(_ names: [String], in folder: String, _ bench: Workbench) throws {
    for (number, name) in names.enumerated() { try bench.write(try picture(number), to: "\(folder)/\(name)") }
  }

  @Test func runsAreNotPutAmongTheirImages() throws {
    let bench = try Workbench()
    try writePictures(["one.png", "two.png"], in: "photos", bench)
    for out in ["photos", "photos/../photos/"] {
      let refused = try bench.run(["pretrain", bench.path("photos"), "--out", bench.path(out), "--dry-run"])
      #expect(refused.status == 64 && refused.errors.contains("holds the images that are read"), "\(refused)")
    }
    // A run's folder below them is marked, and passed over.
    let below = try bench.run(["pretrain", bench.path("photos"), "--out", bench.path("photos/run"), "--dry-run"])
    #expect(below.status == 0, "\(below)")
  }

  @Test func predictionsNeverCostAPhotograph() throws {
    let bench = try Workbench()
    try segmenter(bench)
    try writePictures(["one.png", "two.png", "deep/one.png"], in: "photos", bench)
    let before = try bench.content(of: "photos")
    try FileManager.default.createSymbolicLink(at: bench.file("linked"), withDestinationURL: bench.file("photos"))
    for out in ["photos", "linked", "photos/../photos"] {
      for more in [[], ["--overwrite"]] {
        let refused = try bench.run(
          ["segment", "predict", bench.path("photos"), "--out", bench.path(out), "--from", bench.path("net")] + more)
        #expect(refused.status == 64 && refused.errors.contains("is read as input"), "\(refused)")
      }
    }
    #expect(try bench.content(of: "photos") == before)
    let found = try predict("segment", bench, "photos", "photos/found")
    #expect(found.status == 0 && found.output.contains("3 label maps"), "\(found)")
    #expect(["one.png", "two.png", "deep/one-overlay.png"].allSatisfy { bench.exists("photos/found/\($0)") })
    let again = try predict("segment", bench, "photos", "photos/found")
    #expect(again.status == 64 && again.errors.contains("is there from an earlier segment predict"), "\(again)")
    let replaced = try predict("segment", bench, "photos", "photos/found", "--overwrite")
    #expect(replaced.status == 0 && replaced.output.contains("3 label maps"), "\(replaced)")
    #expect(try bench.content(of: "photos").filter { before[$0.key] != nil } == before)
    try bench.write(Data(), to: "file")
    let below = try predict("segment", bench, "photos", "file/found")
    #expect(below.status == 65 && below.errors.contains("is a file, not a folder"), "\(below)")
  }

  @Test func everyImageHasItsOwnFiles() throws {
    let bench = try Workbench()
    try detector(bench)
    let long = String(repeating: "a", count: 251) + ".png"
    try writePictures(["sub/x.png", "x-2.png", "x.png", "x.jpg", long], in: "photos", bench)
    try bench.write(Data("nothing".utf8), to: "photos/broken.png")
    let found = try predict("detect", bench, "photos", "found", "--threshold", "0")
    #expect(found.status == 0 && found.errors.contains("skipped") && found.errors.contains("broken.png"), "\(found)")
    let names = try FileManager.default.subpathsOfDirectory(atPath: bench.path("found")).filter { $0.hasSuffix(".png") }
    #expect(names.count == 5, "\(names)")
    #expect(Set(["sub/x.png", "x-2.png", "x.png.png", "x.jpg.png"]).isSubset(of: names), "\(names)")
    let counts = try bench.text("found/counts.csv").split(separator: "\n")
    #expect(counts.count == 6 && counts[0].hasPrefix("image,"))
    let list = try JSONSerialization.jsonObject(with: Data(contentsOf: bench.file("found/detections.json")))
    let annotations = try #require((list as? [String: Any])?["annotations"] as? [Any])
    let total = counts.dropFirst().flatMap { $0.split(separator: ",").dropFirst() }.compactMap { Int($0) }.reduce(0, +)
    #expect(total == annotations.count && total > 0)
    // What cannot be written is told, and the others have theirs.
    try FileManager.default.removeItem(at: bench.file("found"))
    try FileManager.default.createDirectory(at: bench.file("found/x-2.png"), withIntermediateDirectories: true)
    let blocked = try predict("detect", bench, "photos", "found", "--overwrite")
    #expect(blocked.status == 64 && blocked.errors.contains("x-2.png is a folder"), "\(blocked)")
  }

  @Test(arguments: [["scan", "--page"], ["preview", "--image-size", "32", "--patch-size", "8", "--out"]])
  func pagesOfDataReplaceNothingUnasked(arguments: [String]) throws {
    let bench = try Workbench()
    let command = ["data", arguments[0], bench.path("data/train")] + arguments.dropFirst()
    let written = try bench.run(command + [bench.path("page.html")])
    #expect(written.status == 0, "\(written)")
    #expect(try bench.text("page.html").hasPrefix("<!DOCTYPE html>"))
    #expect(try bench.run(command + [bench.path("page.html")]).status == 64)
    #expect(try bench.run(command + [bench.path("page.html"), "--overwrite"]).status == 0)
    let images = try FileManager.default.subpathsOfDirectory(atPath: bench.path("data/train"))
    let image = try #require(images.first { $0.hasSuffix(".jpg") })
    let onto = try bench.run(command + [bench.path("data/train/" + image), "--overwrite"])
    #expect(onto.status == 64 && onto.errors.contains("is read as input"), "\(onto)")
  }

  @Test func aRunAmongTheImagesDoesNotBecomeInput() throws {
    let bench = try Workbench()
    let first = try bench.run(bench.pretrain("data/train", out: "data/train/run", steps: 2))
    #expect(first.status == 0, "\(first)")
    #expect(bench.exists("data/train/run/.splitmask-output"))
    let scan = try bench.run(["data", "scan", bench.path("data/train"), "--json"])
    #expect(scan.output.contains("\"images\" : 20"), "\(scan)")
  }

  @Test func featuresDoNotReplaceTheListThatTheyAreOf() throws {
    let bench = try Workbench()
    try writePictures(["cat.png", "dog.png"], in: "photos", bench)
    let list = Data("# mine\ncat.png\tcat\ndog.png\tdog\n".utf8)
    try bench.write(list, to: "photos/photos.txt")
    func embed(_ out: String, _ more: String...) throws -> Finished {
      try bench.run(
        ["embed", bench.path("photos/photos.txt"), "--from", "random", "--model", "vit-tiny", "--image-size", "32"] + [
          "--patch-size", "16", "--device", "cpu", "--workers", "1", "--out", bench.path(out),
        ] + more)
    }
    for more in [[], ["--overwrite"]] {
      let refused = try embed(
        "photos/photos.safetensors", "--seed", "1", more.first ?? "--seed", more.isEmpty ? "1" : "--seed=1")
      #expect(refused.status == 64 && refused.errors.contains("photos.txt is read as input"), "\(refused)")
    }
    #expect(try Data(contentsOf: bench.file("photos/photos.txt")) == list)
    let odd = try embed("features.parquet")
    #expect(odd.status == 64 && odd.errors.contains(".safetensors, .csv, .npy"), "\(odd)")
    let table = try embed("new/features.csv")
    #expect(table.status == 0, "\(table)")
    let lines = try bench.text("new/features.csv").split(separator: "\n")
    #expect(lines.count == 3 && lines[0].hasPrefix("path,f0,f1,") && lines[1].split(separator: ",").count == 193)
    #expect(try embed("new/features.csv").errors.contains("is there already; --overwrite replaces it"))
    #expect(try embed("new/features.npy").status == 0)
    let again = try bench.run(["data", "scan", bench.path("new/features.txt"), "--json"])
    #expect(again.output.contains("\"images\" : 2"), "\(again)")
  }
}
