import DurableFiles
import Foundation
import Testing

/// What the program says, where, and in how wide lines.
@Suite struct ReadingTests {
  @Test(arguments: [
    (["pretran"], "did you mean 'pretrain'?"), (["data", "scna", "x"], "did you mean 'scan'?"),
    (["detect", "trian"], "did you mean 'train'?"), (["help", "segmnt"], "did you mean 'segment'?"),
    (["recipes", "xyzzy"], "there are list, show, run"),
  ])
  func unknownCommandsNameTheNearest(arguments: [String], hint: String) throws {
    let result = try Workbench(images: 0).run(arguments)
    #expect(result.status == 64 && result.errors.contains(hint) && result.output.isEmpty, "\(result)")
  }

  @Test func runEndsWithItsNumbersAndWhatToDoNext() throws {
    let bench = try Workbench()
    let result = try bench.run(bench.pretrain("data/train", steps: 3))
    #expect(result.status == 0, "\(result)")
    let lines = result.errors.split(separator: "\n")
    let done = try #require(lines.first { $0.hasPrefix("done: 3 steps in ") }, "\(result)")
    #expect(done.contains(", loss ") && done.contains(" images/s"), "\(done)")
    #expect(result.errors.contains("too short to tell whether it learns"), "\(result)")
    let embed = try #require(result.errors.range(of: "    splitmask embed \(bench.path("data/train")) --from"))
    let probe = try #require(result.errors.range(of: "    splitmask probe "))
    #expect(embed.lowerBound < probe.lowerBound, "what needs no labels comes first")
  }

  @Test func resultsAreObjects() throws {
    let bench = try Workbench()
    let commands = [
      ["doctor"], ["recipes", "list"], ["recipes", "show", "table-6"], ["runs", bench.url.path],
      bench.pretrain("data/train", steps: 3, "--dry-run"),
      [
        "compare", bench.path("data/train"), bench.path("data/val"), "--out", bench.path("c"), "--methods", "random",
        "--dry-run",
      ],
      ["recipes", "run", "table-6", "--scale", "debug", "--out", bench.path("r"), "--dry-run"],
      [
        "embed", bench.path("data/val"), "--out", bench.path("f.npy"), "--from", "random", "--image-size", "16",
        "--patch-size", "4", "--model", "vit-tiny", "--workers", "1",
      ],
    ]
    for command in commands {
      let result = try bench.run(command + ["--json"])
      #expect(result.status == 0, "\(command): \(result)")
      #expect(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) is [String: Any], "\(command): \(result)")
    }
    let plan = try bench.run(bench.pretrain("data/train", steps: 3, "--dry-run", "--json"))
    let object = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
    #expect(object?["steps"] as? Int == 3 && object?["images"] as? Int == 20, "\(plan)")
  }

  @Test func doctorSaysHowARunSharesOutItsBatches() throws {
    let bench = try Workbench(images: 0)
    #expect(try bench.run(["doctor"]).output.contains("each batch is computed at once, with 1 thread"))
    let two = try bench.run(["doctor"], environment: ["OMP_NUM_THREADS": "2"])
    #expect(two.output.contains("shared out among 2 replicas of 1 thread"), "\(two)")
    #expect(two.output.contains(" processors in the last minute"), "\(two)")
  }

  @Test func runsAreListed() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain("data/train", out: "runs/whole", steps: 2)).status == 0)
    let long = bench.pretrain("data/train", out: "runs/deep/cut", steps: 300, "--set", "training.checkpointEvery=2")
    let running = try bench.start(long)
    while running.process.isRunning && (bench.newestCheckpoint(of: "runs/deep/cut") ?? 0) < 2 { usleep(500) }
    kill(running.process.processIdentifier, SIGSTOP)
    let while_ = try runs(bench)
    #expect(while_["cut"]?["state"] as? String == "running", "\(while_)")
    kill(running.process.processIdentifier, SIGKILL)
    kill(running.process.processIdentifier, SIGCONT)
    _ = try bench.finish(running)
    let found = try runs(bench)
    #expect(found.count == 2, "\(found)")
    let (whole, cut) = (try #require(found["whole"]), try #require(found["cut"]))
    #expect(whole["state"] as? String == "complete" && whole["steps"] as? Int == 2)
    #expect(cut["state"] as? String == "stopped" && cut["total_steps"] as? Int == 300)
    #expect(whole["method"] as? String == "splitmask" && whole["data"] as? [String] == [bench.path("data/train")])
    let bytes = try bench.content(of: "runs/whole").values.reduce(0) { $0 + $1.count }
    #expect(whole["bytes"] as? Int == bytes)
    let table = try bench.run(["runs", bench.path("runs")])
    #expect(table.output.contains("deep/cut") && table.output.contains("2/2"), "\(table)")
  }

  private func runs(_ bench: Workbench) throws -> [String: [String: Any]] {
    let result = try bench.run(["runs", bench.path("runs"), "--json"])
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let runs = try #require(object?["runs"] as? [[String: Any]], "\(result)")
    return Dictionary(uniqueKeysWithValues: runs.map { (URL(filePath: $0["path"] as! String).lastPathComponent, $0) })
  }

  @Test func anErrorNamesItsProcessOnce() throws {
    let bench = try Workbench()
    let environment = [
      "RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "MASTER_ADDR": "nowhere.invalid", "MASTER_PORT": "29999",
    ]
    let result = try bench.run(bench.pretrain(), environment: environment)
    #expect(result.status == 69 && result.errors.hasPrefix("error: process 1 should meet"), "\(result)")
  }

  @Test func manualHasEveryCommand() throws {
    let bench = try Workbench(images: 0)
    let page = try bench.run(["manual"])
    #expect(page.status == 0 && page.output.hasPrefix(".TH SPLITMASK 1"), "\(page.errors)")
    for name in ["splitmask pretrain", "splitmask data scan", "splitmask detect train", "splitmask runs"] {
      #expect(page.output.contains(".SS \(name)\n"), "\(name)")
    }
    #expect(!page.output.contains(".SS splitmask manual"))
    // In roff a line that begins with a dot is a request.
    let requests = page.output.split(separator: "\n").filter { $0.hasPrefix(".") }.map { $0.prefix { $0 != " " } }
    #expect(Set(requests) == [".TH", ".SH", ".SS", ".nf", ".fi"], "\(Set(requests))")
  }

  /// The help of each command, by its name.
  private func help() throws -> [Substring: String] {
    let page = try Workbench(images: 0).run(["manual"]).output.replacing("\\-", with: "-")
    let sections = page.split(separator: ".SS splitmask ").dropFirst().map { section in
      (section.prefix { $0 != "\n" }, String(section))
    }
    return Dictionary(uniqueKeysWithValues: sections)
  }

  @Test func usageFits60ColumnsAndBeginsWithWhatIsRequired() throws {
    let help = try help()
    #expect(help.count > 20)
    for (name, text) in help {
      let usage = text.split(separator: "\n", omittingEmptySubsequences: false).drop { !$0.hasPrefix("USAGE: ") }
        .prefix { !$0.isEmpty }
      #expect(usage.first?.hasPrefix("USAGE: splitmask \(name)") == true, "\(usage)")
      #expect(usage.allSatisfy { $0.count <= 60 && !$0.contains("[<options>] ") }, "\(usage)")
    }
  }

  @Test(arguments: [
    "pretrain", "embed", "knn", "probe", "detect evaluate", "detect predict", "segment evaluate", "segment predict",
  ])
  func optionsAreGrouped(command: String) throws {
    let help = try #require(try help()[command[...]])
    let titles = ["WHAT:", "HOW LONG:", "WHERE:", "ADVANCED:", "OPTIONS:"]
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let found = lines.filter(titles.contains)
    #expect(found == titles.filter { $0 != "HOW LONG:" || ["pretrain", "probe"].contains(command) }, "\(found)")
    let rest = lines.drop { $0 != "OPTIONS:" }.filter { $0.hasPrefix("  -") }
    #expect(rest.allSatisfy { $0.contains("--version") || $0.contains("--help") }, "\(rest)")
  }

  @Test func aNameThatIsNoUTF8IsRefusedByName() throws {
    let bench = try Workbench(images: 0)
    let script = #"exec "$0" "$@" "$(printf 'caf\351.png')""#
    let result = try bench.finish(
      bench.start(["data", "scan"], under: ["sh", "-c", script]))
    #expect(result.status == 64 && result.errors.contains(#"'caf\xE9.png' is no valid UTF-8"#), "\(result)")
  }

  /// What a terminal of 60 columns gets, without the carriage returns of its line ends.
  private func onTerminal(_ bench: Workbench, _ arguments: [String]) throws -> String {
    let command = ([Workbench.executable.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/script")
    process.arguments = ["-qec", "stty cols 60; \(command)", "/dev/null"]
    process.currentDirectoryURL = bench.url
    process.environment = Workbench.environment
    let output = bench.file("terminal.txt")
    try Data().write(to: output)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    return try String(contentsOf: output, encoding: .utf8).replacing("\r\n", with: "\n")
  }

  private static let hasTerminals = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

  @Test(.enabled(if: hasTerminals, "script (util-linux) makes a terminal"))
  func messagesFitTheTerminal() throws {
    let bench = try Workbench()
    let text = try onTerminal(bench, bench.pretrain("data/train", steps: 12))
    // A status line that is redrawn ends with what was there last; only whole lines count.
    let lines = text.split(separator: "\n").map { $0.split(separator: "\r\u{1B}[K").last.map(String.init) ?? "" }
    for line in lines
    where !line.contains("splitmask embed") && !line.contains("splitmask probe") && !line.contains("/") {
      #expect(line.count <= 60, "\(line)")
    }
    #expect(lines.contains { $0.hasPrefix("done: 12 steps in ") }, "the last line stays: \(text)")
    #expect(text.contains(#/\r\x1B\[K ?\d+/12 /#), "there is a status line: \(text)")
  }
}

/// What `make install` does.
@Suite(.serialized) struct InstallTests {
  private func script(_ arguments: [String]) throws -> (status: Int32, errors: String) {
    let process = Process()
    process.executableURL = Workbench.package.appending(path: "scripts/install.sh")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let errors = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: errors, as: UTF8.self))
  }

  @Test func whatIsInstalledRunsAndIsRemovedWhole() throws {
    let bench = try Workbench(images: 0)
    let prefix = bench.path("usr")
    try bench.write(Data("mine".utf8), to: "usr/share/man/man1/other.1")
    for _ in 0..<2 {
      let installed = try script(["install", prefix, Workbench.executable.path])
      #expect(installed.status == 0, "\(installed)")
    }
    let version = Process()
    version.executableURL = bench.file("usr/bin/splitmask")
    version.arguments = ["doctor"]
    // Nothing of the clone may be needed.
    version.environment = ["PATH": "/usr/bin:/bin", "HOME": bench.url.path]
    try version.run()
    version.waitUntilExit()
    #expect(version.terminationStatus == 0)
    for name in [
      "share/man/man1/splitmask.1", "share/bash-completion/completions/splitmask",
      "share/zsh/site-functions/_splitmask",
      "share/fish/vendor_completions.d/splitmask.fish", "lib/splitmask/lib/libtorch_cpu.so",
    ] {
      #expect(bench.exists("usr/" + name), "\(name)")
    }
    let removed = try script(["uninstall", prefix])
    #expect(removed.status == 0, "\(removed)")
    #expect(try bench.content(of: "usr").keys.sorted() == ["share/man/man1/other.1"])
    #expect(!bench.exists("usr/lib/splitmask"))
  }

  @Test func aStrangersProgramIsLeftAlone() throws {
    let bench = try Workbench(images: 0)
    try bench.write(Data("mine".utf8), to: "usr/bin/splitmask")
    let refused = try script(["install", bench.path("usr"), Workbench.executable.path])
    #expect(refused.status != 0 && refused.errors.contains("was not installed by this"), "\(refused)")
    #expect(try bench.text("usr/bin/splitmask") == "mine")
  }
}
