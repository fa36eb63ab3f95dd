import Foundation
import ImageCoding
import SplitMaskCore
import TestSupport
import Testing

@Suite struct RunLifeTests {
  /// As long as a few checkpoints, so that something happens between any two.
  private static let steps = 60

  private func longRun(_ bench: Workbench, out: String = "run", _ more: String...) -> [String] {
    bench.pretrain("data/train", out: out, steps: RunLifeTests.steps, "--set", "training.checkpointEvery=3") + more
  }

  @Test func killedRunEndsInTheSameBytes() throws {
    let bench = try Workbench()
    #expect(try bench.run(longRun(bench, out: "whole")).status == 0)
    var kills = 0
    for (target, delay) in [(1, UInt32(3_000)), (18, 17_000), (36, 31_000)] {
      let running = try bench.start(longRun(bench) + (kills > 0 ? ["--resume"] : []))
      while running.process.isRunning && (bench.newestCheckpoint() ?? 0) < target { usleep(500) }
      usleep(delay)
      kill(running.process.processIdentifier, SIGKILL)
      let ended = try bench.finish(running)
      #expect(ended.wasKilled, "the run was over before it was killed, after \(delay) µs: \(ended)")
      kills += 1
    }
    let last = try bench.run(longRun(bench, "--resume"))
    #expect(last.status == 0, "\(last)")
    #expect(try haveSameBytes(bench.file("run/encoder.safetensors"), bench.file("whole/encoder.safetensors")))
    let logged = try bench.text("run/metrics.jsonl").split(separator: "\n").count
    #expect(logged == RunLifeTests.steps / 10)
  }

  @Test func secondProcessIsKeptOut() throws {
    let bench = try Workbench()
    let running = try bench.start(longRun(bench))
    while running.process.isRunning && (bench.newestCheckpoint() ?? 0) < 3 { usleep(500) }
    // Stopped, not killed: it holds on to its folder for as long as the others take.
    kill(running.process.processIdentifier, SIGSTOP)
    for arguments in [longRun(bench), longRun(bench, "--resume")] {
      let second = try bench.run(arguments)
      #expect(second.status == 64, "\(second)")
      #expect(second.errors.contains("process \(running.process.processIdentifier) is training there"), "\(second)")
    }
    kill(running.process.processIdentifier, SIGKILL)
    kill(running.process.processIdentifier, SIGCONT)
    #expect(try bench.finish(running).wasKilled)
    let resumed = try bench.run(longRun(bench, "--resume"))
    #expect(resumed.status == 0, "\(resumed)")
    #expect(!bench.exists("run/.lock"))
  }

  @Test func runThatWasKilledBeforeItsFirstCheckpointResumes() throws {
    let bench = try Workbench()
    let running = try bench.start(bench.pretrain("data/train", out: "run", steps: 40))
    while running.process.isRunning && !bench.exists("run/tokenizer.safetensors") { usleep(500) }
    kill(running.process.processIdentifier, SIGKILL)
    let ended = try bench.finish(running)
    #expect(ended.wasKilled && bench.newestCheckpoint() == nil, "\(ended)")
    let resumed = try bench.run(bench.pretrain("data/train", out: "run", steps: 40, "--resume"))
    #expect(resumed.status == 0, "\(resumed)")
  }

  @Test func interruptSavesAndResumes() throws {
    let bench = try Workbench()
    let steps = 150
    let running = try bench.start(
      bench.pretrain("data/train", out: "run", steps: steps, "--set", "training.logEvery=1"))
    while running.process.isRunning && !((try? bench.text("run/metrics.jsonl")) ?? "").contains("\n") { usleep(500) }
    running.process.interrupt()
    let stopped = try bench.finish(running)
    #expect(stopped.status == 75 && !stopped.wasKilled, "\(stopped)")
    #expect(stopped.errors.contains("--resume"))
    let reached = try #require(bench.newestCheckpoint())
    #expect(reached < steps && !bench.exists("run/encoder.safetensors"))
    // With the run's own settings: no image folder, no flags.
    let resumed = try bench.run(["pretrain", "--out", bench.path("run"), "--resume"])
    #expect(resumed.status == 0, "\(resumed)")
    #expect(bench.newestCheckpoint() == steps && bench.exists("run/encoder.safetensors"))
    #expect(try bench.text("run/metrics.jsonl").split(separator: "\n").count == steps)
  }

  @Test func dryRunWritesNothing() throws {
    let bench = try Workbench()
    let result = try bench.run(bench.pretrain("data/train", out: "run", steps: 7, "--dry-run"))
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains("images         20") && result.output.contains("steps          7"), "\(result)")
    #expect(!bench.exists("run"))
  }

  @Test func resultIsOneObject() throws {
    let bench = try Workbench()
    let trained = ["probe", "--protocol", "beit", "--epochs", "1"]
    for command in [["knn", "--k", "3,1,20"], ["knn"], ["probe"], trained] {
      let result = try bench.run(
        command + [
          bench.path("data/train"), bench.path("data/val"), "--from", "random", "--model", "vit-tiny", "--image-size",
          "16", "--device", "cpu", "--workers", "1", "--json",
        ])
      #expect(result.status == 0, "\(result)")
      // Refuses anything before or after the object.
      let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
      #expect(object?["top1"] is Double && object?["top5"] is Double, "\(result)")
      if command[0] == "knn" {
        let counts = (object?["by_k"] as? [[String: Any]])?.compactMap { $0["k"] as? Int }
        #expect(counts == (command.count > 1 ? [3, 1, 20] : [20, 10]))
      } else {
        #expect(object?["protocol"] as? String == (command.count > 1 ? "beit" : "simple"))
      }
    }
    let scan = try bench.run(["data", "scan", bench.path("data/train"), "--json"])
    let found = try JSONSerialization.jsonObject(with: Data(scan.output.utf8)) as? [String: Any]
    #expect((found?["classes"] as? [String: Int])?["disc"] == 2, "\(scan)")
  }

  @Test func helpIsAsDocumented() throws {
    let bench = try Workbench(images: 0)
    let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Goldens/help/splitmask.txt")
    let result = try bench.run(["--help"])
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output == (try String(contentsOf: golden, encoding: .utf8)))
  }
}

@Suite struct DamagedImagesTests {
  @Test func unreadableImagesAreAccountedFor() throws {
    let bench = try Workbench(images: 0)
    for number in 0..<200 { try bench.write(try picture(number), to: "data/good/\(number).png") }
    let damaged = try damage(bench)
    let odd = try makeOdd(bench)
    #expect(damaged.count + odd == 50)
    let result = try bench.run(bench.pretrain("data", out: "run", steps: nil, "--epochs", "2", "--batch-size", "10"))
    #expect(result.status == 0, "\(result)")
    let skipped = try bench.text("run/skipped-images.txt").split(separator: "\n")
      .map { line in String(line.prefix { $0 != "\t" }) }
    #expect(skipped.count == damaged.count, "each once")
    #expect(Set(skipped.map { String($0.split(separator: "/").last!) }) == damaged)
    #expect(bench.exists("run/encoder.safetensors"))
  }

  @Test func linkThatLeadsNowhereIsAccountedFor() throws {
    let bench = try Workbench()
    try FileManager.default.createSymbolicLink(
      atPath: bench.path("data/train/gone.jpg"), withDestinationPath: bench.path("absent.jpg"))
    let result = try bench.run(bench.pretrain())
    #expect(result.status == 0, "\(result)")
    #expect(try bench.text("run/skipped-images.txt").hasPrefix(bench.path("data/train/gone.jpg") + "\t"))
  }

  /// Files that nobody can read; their names.
  private func damage(_ bench: Workbench) throws -> Set<String> {
    let jpeg = try ImageEncoder.jpeg(noise(64), quality: 90)
    let png = try ImageEncoder.png(noise(64))
    let contents: [String: Data] = [
      "empty.png": Data(), "text.jpg": Data("no image at all".utf8), "cut.jpg": jpeg.prefix(jpeg.count / 2),
      "header-only.jpg": jpeg.prefix(20), "cut.png": png.prefix(png.count / 2), "header-only.png": png.prefix(33),
      "html.webp": Data("<!DOCTYPE html><p>404</p>".utf8), "zeros.tif": Data(count: 4096),
      "bytes.gif": Data("GIF89a".utf8) + Data([1, 0]),
    ]
    for (name, content) in contents {
      for copy in 0..<5 { try bench.write(content, to: "data/bad/\(copy)-\(name)") }
    }
    return Set(contents.keys.flatMap { name in (0..<5).map { "\($0)-\(name)" } })
  }

  /// Files that look strange and can be read; how many.
  private func makeOdd(_ bench: Workbench) throws -> Int {
    try bench.write(try picture(1, width: 1, height: 1), to: "data/odd/dot.png")
    try bench.write(try picture(2, width: 300, height: 1), to: "data/odd/line.png")
    try bench.write(try picture(3), to: "data/odd/really-a-png.jpg")
    try bench.write(try ImageEncoder.png(grey: [UInt8](0..<64), width: 8, height: 8), to: "data/odd/ümlaut grey.PNG")
    try bench.write(try picture(4), to: "data/odd/two  spaces.png")
    return 5
  }

  private func noise(_ side: Int) -> PixelImage {
    var generator = SeededGenerator(seed: 5, purpose: .initialization)
    return PixelImage(
      width: side, height: side,
      pixels: (0..<3 * side * side).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }
}
