import DurableFiles
import Foundation
import ImageCoding
import Testing

/// What commands say about the files they are given.
@Suite struct ListingCommandTests {
  private let random = [
    "--from", "random", "--image-size", "16", "--patch-size", "4", "--model", "vit-tiny", "--workers", "1",
  ]

  private func golden(_ name: String) throws -> Data {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = try SafetensorsFile(tests.appendingPathComponent("Goldens/images/formats.safetensors"))
    let entry = try #require(file[name])
    return withExtendedLifetime(entry) { Data(entry.bytes) }
  }

  @Test func whatIsNoImageIsSaidWhereverImagesAreListed() throws {
    let bench = try Workbench()
    try bench.write(Data("notes".utf8), to: "data/train/notes.xml")
    let note = "1 file is not an image we read: 1 .xml"
    for arguments in [
      bench.pretrain("data/train", out: "run") + ["--dry-run"], ["data", "scan", bench.path("data/train")],
      ["embed", bench.path("data/train"), "--out", bench.path("features.safetensors")] + random,
      ["knn", bench.path("data/train"), bench.path("data/val")] + random,
    ] {
      let ended = try bench.run(arguments)
      #expect(ended.status == 0 && (ended.output + ended.errors).contains(note), "\(arguments[0]): \(ended)")
    }
    let scan = try bench.run(["data", "scan", bench.path("data/train"), "--json"])
    #expect(scan.output.contains("\".xml\" : 1"))
  }

  @Test func trainingAndTestImagesThatAreTheSameAreRefused() throws {
    let bench = try Workbench()
    let same = ["knn", bench.path("data/train"), bench.path("data/train")] + random
    let refused = try bench.run(same)
    #expect(refused.status == 64 && refused.errors.contains("--allow-overlap"), "\(refused)")
    let allowed = try bench.run(same + ["--allow-overlap"])
    #expect(allowed.status == 0 && allowed.errors.contains("test images are training images too"), "\(allowed)")
    let tune = [
      "finetune", bench.path("data/train"), bench.path("data/train"), "--out", bench.path("tuned"), "--dry-run",
    ]
    #expect(try bench.run(tune + random).status == 64)
    #expect(try bench.run(tune + random + ["--allow-overlap"]).status == 0)
  }

  @Test func imagesThatWentAwayStopAResume() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain(steps: 2)).status == 0)
    let images = try FileManager.default.subpathsOfDirectory(atPath: bench.path("data/train"))
    let gone = try #require(images.first { $0.hasSuffix(".jpg") })
    try FileManager.default.removeItem(at: bench.file("data/train/" + gone))
    let resume = ["pretrain", "--out", bench.path("run"), "--resume"]
    let refused = try bench.run(resume)
    #expect(refused.status == 64 && refused.errors.contains("20 images then, 19 now"), "\(refused)")
    #expect(try bench.run(resume + ["--allow-change"]).status == 0)
    #expect(try bench.run(resume).status == 0)
  }

  @Test(.enabled(if: ImageFormat.heif.isReadable)) func decodersDoNotWriteToTheTerminal() throws {
    let bench = try Workbench(images: 0)
    try bench.write(try golden("damaged/avif"), to: "images/damaged.avif")
    try bench.write(try golden("formats/bmp dib rgb/encoded"), to: "images/whole.dib")
    let ended = try bench.run(["data", "scan", bench.path("images")])
    #expect(ended.status == 0 && ended.output.contains("is damaged"), "\(ended)")
    #expect(ended.errors.isEmpty, "\(ended.errors)")
  }
}
