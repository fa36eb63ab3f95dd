import DurableFiles
import Foundation
import Testing
import Torch

/// The program in several processes.
@Suite struct ManyProcessesCommandTests {
  private static let steps = 60

  private func pretrain(_ bench: Workbench, out: String = "run", _ more: String...) -> [String] {
    bench.pretrain(
      "data/train", out: out, steps: Self.steps, "--set", "training.checkpointEvery=3", "--set",
      "model.stochasticDepthRate=0", "--batch-size", "8") + more
  }

  private func launch(_ count: Int, _ command: [String]) -> [String] {
    ["launch", "--processes", "\(count)", "--"] + command
  }

  /// What a launcher tells one of several processes.
  private func environment(_ rank: Int, of size: Int, port: Int, more: [String: String] = [:]) -> [String: String] {
    [
      "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "\(rank)", "LOCAL_WORLD_SIZE": "\(size)",
      "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)",
    ].merging(more) { $1 }
  }

  /// Starts processes that know of each other, and waits for the checkpoint of a step.
  private func start(
    _ count: Int, _ bench: Workbench, port: Int, until step: Int
  ) throws -> [Workbench.Running] {
    let running = try (0..<count).map {
      try bench.start(pretrain(bench), environment: environment($0, of: count, port: port))
    }
    while running.allSatisfy(\.process.isRunning) && (bench.newestCheckpoint() ?? 0) < step { usleep(500) }
    return running
  }

  private func encoder(_ bench: Workbench, _ run: String) throws -> [Float] {
    let tensors = try SafetensorsFile(bench.file("\(run)/encoder.safetensors")).tensors()
    return try #require(tensors["blocks.1.mlp.fc1.weight"]).array()
  }

  @Test func launchedProcessesTrainAndJudgeAsOne() throws {
    let bench = try Workbench()
    #expect(try bench.run(pretrain(bench, out: "one")).status == 0)
    let two = try bench.run(launch(2, pretrain(bench, out: "two")))
    #expect(two.status == 0, "\(two)")
    #expect(two.errors.components(separatedBy: "done: 60 steps").count == 2, "one process talks: \(two)")
    #expect(two.errors.contains("cpu, float32, 2 processes\n"), "\(two)")
    let distance = zip(try encoder(bench, "one"), try encoder(bench, "two")).map { abs($0 - $1) }.max() ?? .infinity
    // Sixty updates of AdamW enlarge what differently ordered sums differ by.
    #expect(distance < 1e-2)
    let knn = [
      "knn", bench.path("data/train"), bench.path("data/val"), "--from", bench.path("one"), "--json", "--k", "5",
    ]
    let (alone, together) = (try bench.run(knn), try bench.run(launch(2, knn)))
    #expect(alone.status == 0 && together.status == 0, "\(together)")
    #expect(alone.output == together.output)
  }

  private func probe(_ bench: Workbench, _ method: String, seed: Int = 0) -> [String] {
    [
      "probe", bench.path("data/train"), bench.path("data/val"), "--from", "random", "--model", "vit-tiny",
      "--image-size", "16", "--patch-size", "8", "--protocol", method, "--epochs", "2", "--batch-size", "6",
      "--learning-rate", "1", "--seed", "\(seed)", "--json",
    ]
  }

  @Test(arguments: ["dino", "mae", "beit"])
  func launchedProcessesTrainAProbeAsOne(method: String) throws {
    let bench = try Workbench(images: 40)
    let (alone, together) = (
      try bench.run(probe(bench, method)), try bench.run(launch(2, probe(bench, method)))
    )
    #expect(alone.status == 0 && together.status == 0, "\(alone)\n\(together)")
    let results = try [alone, together].map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.output.utf8)) as? [String: Any])
    }
    let losses = try results.map { try #require($0["loss"] as? Double) }
    #expect(abs(losses[0] - losses[1]) < 1e-5)
    #expect(results[0]["top1"] as? Double == results[1]["top1"] as? Double)
    let measured = results.map { $0["measured_on"] as? NSDictionary }
    #expect(measured[0] != nil && measured[0] == measured[1])
    #expect(together.errors.components(separatedBy: "\n").count == alone.errors.components(separatedBy: "\n").count)
  }

  @Test func probesThatWereStartedDifferentlyAreRefused() throws {
    let bench = try Workbench()
    let port = try #require(Rendezvous.freePort())
    let running = try (0..<2).map {
      try bench.start(probe(bench, "mae", seed: $0), environment: environment($0, of: 2, port: port))
    }
    for process in running {
      let ended = try bench.finish(process)
      #expect(ended.status == 64, "\(ended)")
      #expect(ended.errors.contains("process 1, process 0: probe.seed is 1, 0"), "\(ended)")
      #expect(ended.errors.contains("process 1, process 0: encoder is "), "\(ended)")
    }
  }

  @Test func probeWhoseBatchCannotBeSharedOutIsRefused() throws {
    let bench = try Workbench()
    let ended = try bench.run(launch(2, probe(bench, "dino") + ["--batch-size", "5"]))
    #expect(ended.status == 65, "\(ended)")
    #expect(ended.errors.contains("a batch of 5 cannot be shared out among 2 processes"), "\(ended)")
  }

  @Test func lostProcessIsNamedAndTwoGoOn() throws {
    let bench = try Workbench()
    let port = try #require(Rendezvous.freePort())
    let running = try start(4, bench, port: port, until: 6)
    kill(running[2].process.processIdentifier, SIGKILL)
    let start = ContinuousClock.now
    let ended = try running.map(bench.finish)
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(ended[2].wasKilled)
    for rank in [0, 1, 3] {
      #expect(ended[rank].status == 69, "\(ended[rank])")
      #expect(ended[rank].errors.contains("process 2 of 4 was lost"), "\(ended[rank])")
    }
    let resumed = try bench.run(launch(2, pretrain(bench, "--resume")))
    #expect(resumed.status == 0, "\(resumed)")
    #expect(resumed.errors.contains("the checkpoint is of 4 processes; 2 go on"), "\(resumed)")
    #expect(bench.newestCheckpoint() == Self.steps)
  }

  /// As when its machine is gone: nobody closes its connections.
  @Test func silentProcessIsNamed() throws {
    let bench = try Workbench()
    let port = try #require(Rendezvous.freePort())
    let running = try start(2, bench, port: port, until: 3)
    kill(running[1].process.processIdentifier, SIGSTOP)
    let start = ContinuousClock.now
    let first = try bench.finish(running[0])
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(first.status == 69 && first.errors.contains("process 1 of 2 was lost"), "\(first)")
    kill(running[1].process.processIdentifier, SIGKILL)
    kill(running[1].process.processIdentifier, SIGCONT)
    _ = try bench.finish(running[1])
  }

  @Test func signalToTheLauncherSavesEverywhere() throws {
    let bench = try Workbench()
    let running = try bench.start(launch(2, pretrain(bench)))
    while running.process.isRunning && (bench.newestCheckpoint() ?? 0) < 3 { usleep(500) }
    kill(running.process.processIdentifier, SIGTERM)
    let ended = try bench.finish(running)
    #expect(ended.status == 75, "\(ended)")
    let step = try #require(bench.newestCheckpoint())
    #expect(ended.errors.contains("stopped after \(step) steps"), "\(ended)")
    let resumed = try bench.run(launch(2, pretrain(bench, "--resume")))
    #expect(resumed.status == 0, "\(resumed)")
  }

  @Test func launchShowsTheErrorOfTheOneThatFailed() throws {
    let bench = try Workbench()
    let running = try bench.start(launch(3, pretrain(bench, "--batch-size", "9")))
    while running.process.isRunning && (bench.newestCheckpoint() ?? 0) < 3 { usleep(500) }
    let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
    let victim = try #require(
      processes.first {
        text("cmdline", of: $0).contains(bench.path("run")) && text("environ", of: $0).contains("\0RANK=2\0")
      })
    kill(victim, SIGKILL)
    let ended = try bench.finish(running)
    #expect(ended.status == 137, "\(ended)")
    #expect(ended.errors.contains("process 2 of 3 was ended by signal 9"), "\(ended)")
  }

  /// What Linux tells of a process; nothing of one that is gone.
  private func text(_ file: String, of process: Int32) -> String {
    // Foundation reads as much as the file's size says, which is 0 there.
    guard let stream = fopen("/proc/\(process)/\(file)", "r") else { return "" }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 1 << 17)
    let count = fread(&bytes, 1, bytes.count, stream)
    return "\0" + String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// torchrun starts all processes again with the same arguments, and counts.
  @Test func restartByTorchrunGoesOnByItself() throws {
    let bench = try Workbench()
    let port = try #require(Rendezvous.freePort())
    let running = try start(2, bench, port: port, until: 6)
    for process in running { kill(process.process.processIdentifier, SIGKILL) }
    for process in running { #expect(try bench.finish(process).wasKilled) }
    let again = try (0..<2).map {
      try bench.start(
        pretrain(bench), environment: environment($0, of: 2, port: port, more: ["TORCHELASTIC_RESTART_COUNT": "1"]))
    }
    for process in again {
      let ended = try bench.finish(process)
      #expect(ended.status == 0, "\(ended)")
    }
    #expect(try bench.text("run/metrics.jsonl").split(separator: "\n").count == Self.steps / 10)
  }

  @Test(arguments: [
    (["--batch-size", "9"], "a batch of 9 cannot be shared out among 2 processes or replicas; use 8 or 10"),
    (["only"], "2 processes are more than the data set's 1 images"),
  ])
  func settingsThatDoNotFitAreRefused(more: [String], message: String) throws {
    let bench = try Workbench()
    let some = try #require(
      FileManager.default.subpathsOfDirectory(atPath: bench.path("data/train")).first {
        $0.hasSuffix(".jpg") || $0.hasSuffix(".png")
      })
    try bench.write(Data(contentsOf: bench.file("data/train/\(some)")), to: "only/one.png")
    let images = more.contains("only") ? "only" : "data/train"
    let ended = try bench.run(launch(2, bench.pretrain(images, steps: 2) + more.filter { $0 != "only" }))
    #expect(ended.status == 64, "\(ended)")
    #expect(ended.errors.contains(message), "\(ended)")
    #expect(!bench.exists("run/config.yaml"))
  }

  @Test func processesThatDifferAreRefused() throws {
    let bench = try Workbench()
    let port = try #require(Rendezvous.freePort())
    try FileManager.default.copyItem(at: bench.file("data/train"), to: bench.file("other"))
    let folder = try #require(FileManager.default.contentsOfDirectory(atPath: bench.path("other")).sorted().first)
    let image = try #require(
      FileManager.default.contentsOfDirectory(atPath: bench.path("other/\(folder)")).first)
    try FileManager.default.removeItem(at: bench.file("other/\(folder)/\(image)"))
    let running = try ["data/train", "other"].enumerated().map { rank, images in
      try bench.start(
        bench.pretrain(images, steps: 2, "--seed", "\(rank)"), environment: environment(rank, of: 2, port: port))
    }
    for process in running {
      let ended = try bench.finish(process)
      #expect(ended.status == 64, "\(ended)")
      #expect(ended.errors.contains("process 1, process 0: seed is 1, 0"), "\(ended)")
      #expect(ended.errors.contains(" images, "), "\(ended)")
    }
  }

  @Test(arguments: [
    (["SPLITMASK_BACKEND": "nccl"], 64, "there is no CUDA device"),
    (["SPLITMASK_BACKEND": "carrier-pigeon"], 64, "must be auto, gloo or nccl"),
    (["MASTER_PORT": "no"], 64, "MASTER_PORT"),
  ])
  func environmentThatCannotWorkIsRefused(more: [String: String], status: Int32, message: String) throws {
    let bench = try Workbench(images: 0)
    let ended = try bench.run(
      bench.pretrain(), environment: environment(0, of: 2, port: Rendezvous.freePort()!, more: more))
    #expect(ended.status == status, "\(ended)")
    #expect(ended.errors.contains(message), "\(ended)")
  }

  @Test func commandsForOneProcessSaySo() throws {
    let bench = try Workbench()
    let ended = try bench.run(
      launch(2, ["compare", bench.path("data/train"), bench.path("data/val"), "--out", bench.path("all")]))
    #expect(ended.status == 64, "\(ended)")
    #expect(ended.errors.contains("compare runs in one process, and 2 were started"), "\(ended)")
  }

  @Test func launchWithoutACommandSaysHow() throws {
    let ended = try Workbench(images: 0).run(["launch", "--processes", "2"])
    #expect(ended.status == 64, "\(ended)")
    #expect(ended.errors.contains("Name the command after --"), "\(ended)")
  }
}
