import DenseAnnotations
import Foundation
import ImageCoding
import TestSupport
import Testing

@Suite struct DenseCommandTests {
  private static let shape = [
    "--device", "cpu", "--workers", "1", "--model", "vit-tiny", "--image-size", "64", "--set", "model.width=32",
    "--set",
    "model.depth=4", "--set", "model.headCount=2", "--batch-size", "2",
  ]

  private func detect(_ bench: Workbench, out: String = "run", steps: Int = 2, _ more: String...) -> [String] {
    ["detect", "train", bench.path("data"), bench.path("data/instances_train.json"), "--from", "random"] + [
      "--test-images", bench.path("data"), "--test-annotations", bench.path("data/instances_val.json"), "--out",
      bench.path(out), "--steps", "\(steps)", "--set", "detector.channels=16", "--set", "detector.hiddenWidth=32",
      "--set", "augmentation.shortSides=[64]", "--set", "augmentation.cropShortSides=[64]", "--set",
      "augmentation.cropSides=[40,64]", "--set", "evaluation.view.shortSide=64",
    ] + DenseCommandTests.shape + more
  }

  private func segment(_ bench: Workbench, out: String = "run", steps: Int = 2, _ more: String...) -> [String] {
    ["segment", "train", bench.path("data"), "--split", "train", "--test-split", "val", "--from", "random"] + [
      "--out", bench.path(out), "--steps", "\(steps)", "--set", "segmenter.channels=16", "--set",
      "segmenter.auxiliaryChannels=16", "--set", "augmentation.shortSide=64", "--set", "augmentation.cropSize=64",
      "--set", "evaluation.shortSide=64", "--set", "evaluation.window=64", "--set", "evaluation.stride=40",
    ] + DenseCommandTests.shape + more
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// Pictures of shapes that cameras seldom give.
  private func writeOddPictures(_ bench: Workbench) throws {
    for (name, width, height) in [("tall", 8, 300), ("wide", 300, 8), ("tiny", 3, 2), ("huge", 900, 700)] {
      try bench.write(try picture(1, width: width, height: height), to: "odd/\(name).png")
    }
  }

  @Test func aDetectorIsTrainedJudgedAndUsed() throws {
    let bench = try Workbench()
    let trained = try bench.run(detect(bench, "--json"))
    #expect(trained.status == 0, "\(trained)")
    let numbers = try #require(try object(trained.output)["bbox"] as? [String: Any])
    #expect(numbers["AP50"] is Double && numbers.count == 12)
    #expect(bench.exists("run/detector.safetensors") && bench.exists("run/detection.json"))
    let judged = try bench.run([
      "detect", "evaluate", bench.path("data"), bench.path("data/instances_val.json"), "--from", bench.path("run"),
      "--device", "cpu", "--results", bench.path("results"), "--json",
    ])
    #expect(judged.status == 0 && !judged.errors.contains("not as in training"), "\(judged)")
    let again = try object(judged.output)
    #expect(again["bbox"] as? NSDictionary == numbers as NSDictionary && again["segm"] != nil)
    let classes = try #require(again["per_class"] as? [[String: Any]])
    let precisions = classes.compactMap { $0["bbox_AP"] as? Double }
    let mean = precisions.reduce(0, +) / Double(max(1, precisions.count))
    #expect(
      abs(mean - (numbers["AP"] as? Double ?? -1)) < 1e-9 && classes.contains { ($0["objects"] as? Int ?? 0) > 0 })
    let dataset = try COCODataset(bench.file("data/instances_val.json"))
    _ = try COCOResults.read(bench.file("results/segm.json"), of: dataset)
    try writeOddPictures(bench)
    let found = try bench.run([
      "detect", "predict", bench.path("odd"), "--from", bench.path("run"), "--out", bench.path("found"), "--threshold",
      "0.0", "--long-side", "90", "--device", "cpu", "--json",
    ])
    #expect(found.status == 0, "\(found)")
    #expect(found.errors.contains("not as in training: long side 90 instead of the run's 533"))
    for name in ["tall", "wide", "tiny", "huge"] {
      let size = try EncodedImage(Data(contentsOf: bench.file("odd/\(name).png"))).header()
      let drawn = try EncodedImage(Data(contentsOf: bench.file("found/\(name).png"))).header()
      #expect(drawn.width == size.width && drawn.height == size.height)
    }
    let list = try object(try bench.text("found/detections.json"))
    #expect((list["images"] as? [Any])?.count == 4)
    let summary = try object(found.output)
    #expect(summary["images"] as? Int == 4 && summary["left_out"] as? Int == 0)
    #expect(summary["objects"] as? Int == (list["annotations"] as? [Any])?.count)
    let perClass = try #require(summary["per_class"] as? [String: Int])
    #expect(perClass.values.reduce(0, +) == summary["objects"] as? Int)
  }

  @Test func aSegmenterIsTrainedJudgedAndUsed() throws {
    let bench = try Workbench()
    let trained = try bench.run(segment(bench, "--json"))
    #expect(trained.status == 0, "\(trained)")
    let numbers = try object(trained.output)
    #expect(numbers["miou"] is Double && bench.exists("run/segmenter.safetensors"))
    let judged = try bench.run([
      "segment", "evaluate", bench.path("data"), "--split", "val", "--from", bench.path("run"), "--device", "cpu",
      "--json",
    ])
    #expect(judged.status == 0, "\(judged)")
    #expect(try object(judged.output) as NSDictionary == numbers as NSDictionary)
    try writeOddPictures(bench)
    let found = try bench.run([
      "segment", "predict", bench.path("odd"), "--from", bench.path("run"), "--out", bench.path("found"),
      "--window", "0", "--multi-scale", "--device", "cpu", "--json",
    ])
    #expect(found.status == 0, "\(found)")
    let summary = try object(found.output)
    #expect(summary["label_maps"] as? Int == 4 && summary["folder"] as? String != nil)
    let perClass = try #require(summary["pixels_per_class"] as? [String: Int])
    let pixels = 2 * 8 * 300 + 3 * 2 + 900 * 700
    #expect(perClass.values.reduce(0, +) == pixels)
    for name in ["tall", "wide", "tiny", "huge"] {
      let size = try EncodedImage(Data(contentsOf: bench.file("odd/\(name).png"))).header()
      let map = try EncodedImage(Data(contentsOf: bench.file("found/\(name).png"))).decodeLabels()
      #expect(map.width == size.width && map.height == size.height && !map.values.contains(0))
      #expect(bench.exists("found/\(name)-overlay.png"))
    }
  }

  /// Two processes write one run and judge together as one does.
  @Test(arguments: ["detect", "segment"]) func twoProcessesTrainAndJudge(command: String) throws {
    let bench = try Workbench()
    let launch = ["launch", "--processes", "2", "--"]
    let training = command == "detect" ? detect(bench, steps: 3, "--json") : segment(bench, steps: 3, "--json")
    let trained = try bench.run(launch + training)
    #expect(trained.status == 0, "\(trained)")
    let judging =
      command == "detect"
      ? [bench.path("data"), bench.path("data/instances_val.json")] : [bench.path("data"), "--split", "val"]
    let arguments = [command, "evaluate"] + judging + ["--from", bench.path("run"), "--device", "cpu", "--json"]
    let (alone, together) = (try bench.run(arguments), try bench.run(launch + arguments))
    #expect(alone.status == 0 && together.status == 0, "\(together)")
    #expect(try object(together.output) as NSDictionary == object(alone.output) as NSDictionary)
    #expect(try object(trained.output) as NSDictionary == object(alone.output) as NSDictionary)
  }

  @Test(arguments: ["detect", "segment"]) func killedTrainingEndsInTheSameBytes(command: String) throws {
    let bench = try Workbench()
    func training(_ out: String, _ more: [String]) -> [String] {
      (command == "detect" ? detect(bench, out: out, steps: 12) : segment(bench, out: out, steps: 12))
        + ["--set", "training.checkpointEvery=2", "--set", "evaluation.everyEpochs=100"] + more
    }
    #expect(try bench.run(training("whole", [])).status == 0)
    let running = try bench.start(training("run", []))
    while running.process.isRunning && (bench.newestCheckpoint() ?? 0) < 4 { usleep(500) }
    kill(running.process.processIdentifier, SIGKILL)
    #expect(try bench.finish(running).wasKilled)
    let resumed = try bench.run([command, "train", "--out", bench.path("run"), "--resume"])
    #expect(resumed.status == 0, "\(resumed)")
    let file = command == "detect" ? "detector.safetensors" : "segmenter.safetensors"
    #expect(try haveSameBytes(bench.file("run/\(file)"), bench.file("whole/\(file)")))
  }

  @Test func presetsLieBeneathWhatIsGiven() throws {
    let bench = try Workbench()
    func plan(_ command: [String]) throws -> Finished { try bench.run(command + ["--preset", "small", "--dry-run"]) }
    let detector = try plan(detect(bench))
    #expect(detector.status == 0 && detector.output.contains("note: preset small: "), "\(detector)")
    #expect(try plan(segment(bench)).output.contains("note: preset small: "))
    // On a CPU it is the default.
    let unnamed = try bench.run(detect(bench) + ["--dry-run"])
    #expect(unnamed.output.contains("note: preset small: ") && unnamed.output.contains("time "), "\(unnamed)")
    let paper = try bench.run(detect(bench) + ["--dry-run", "--preset", "paper"])
    #expect(paper.output.contains("note: preset paper: "), "\(paper)")
    let half = try bench.run([
      "detect", "train", bench.path("data"), bench.path("data/instances_train.json"), "--from", "random",
      "--test-images", bench.path("data"), "--out", bench.path("half"),
    ])
    #expect(half.status == 64 && half.errors.contains("--test-annotations"), "\(half)")
    #expect(try bench.run(detect(bench, "--preset", "tiny")).errors.contains("there are: small"))
    let trained = try bench.run(segment(bench, steps: 1, "--preset", "small"))
    #expect(trained.status == 0, "\(trained)")
    let settings = try bench.text("run/config.yaml")
    // Given, from the preset, and neither.
    for line in ["preset: small", "cropSize: 64", "longSide: 1024", "classShare: 0.75"] {
      #expect(settings.contains(line), "\(line)")
    }
    let resumed = try bench.run(["segment", "train", "--out", bench.path("run"), "--resume"])
    #expect(resumed.status == 0, "\(resumed)")
  }

  /// Masks of 0 and 255 are refused with the option that maps them, and a run keeps it.
  @Test func masksOf0And255AreMapped() throws {
    let bench = try Workbench()
    for split in ["train", "val"] {
      let maps = bench.file("data/annotations/\(split)")
      for name in try FileManager.default.subpathsOfDirectory(atPath: maps.path) where name.hasSuffix(".png") {
        let file = maps.appending(path: name)
        let map = try EncodedImage(Data(contentsOf: file)).decodeLabels()
        let mask = map.values.map { $0 > 1 ? UInt8(255) : 0 }
        try ImageEncoder.png(grey: mask, width: map.width, height: map.height).write(to: file)
      }
    }
    try bench.write(Data("ground\nobject\n".utf8), to: "data/classes.txt")
    let refused = try bench.run(segment(bench))
    #expect(refused.status == 65 && refused.errors.contains("--label-map \"0: 1, 255: 2\""), "\(refused)")
    #expect(!bench.exists("run"))
    let trained = try bench.run(segment(bench, "--label-map", "0: 1, 255: 2", "--json"))
    #expect(trained.status == 0, "\(trained)")
    #expect(try bench.text("run/config.yaml").contains("labelMap: '0: 1, 255: 2'"))
    let judged = try bench.run([
      "segment", "evaluate", bench.path("data"), "--split", "val", "--from", bench.path("run"), "--short-side", "64",
      "--window", "64", "--stride", "40", "--device", "cpu", "--json",
    ])
    #expect(judged.status == 0, "\(judged)")
    #expect(try object(judged.output) as NSDictionary == object(trained.output) as NSDictionary)
    let found = try bench.run([
      "segment", "predict", bench.path("data/val"), "--from", bench.path("run"), "--out", bench.path("found"),
      "--short-side", "64", "--device", "cpu",
    ])
    #expect(found.status == 0, "\(found)")
    let maps = try bench.content(of: "found").filter { $0.key.hasSuffix(".png") && !$0.key.contains("overlay") }
    #expect(
      try !maps.isEmpty
        && maps.values.allSatisfy { Set(try EncodedImage($0).decodeLabels().values).isSubset(of: [0, 255]) })
  }

  @Test func nothingToLearnFromIsAnErrorBeforeTraining() throws {
    let bench = try Workbench(images: 0)
    for number in 0..<4 { try bench.write(try picture(number, width: 30, height: 20), to: "img/\(number).png") }
    func annotations(_ box: String, side: Int) throws {
      let images = (0..<4).map { "{\"id\":\($0),\"file_name\":\"\($0).png\",\"width\":\(side),\"height\":20}" }
      let text = """
        {"images":[\(images.joined(separator: ","))],"categories":[{"id":1,"name":"a"}],
        "annotations":[{"id":1,"image_id":0,"category_id":1,\(box)}]}
        """
      try bench.write(Data(text.utf8), to: "objects.json")
    }
    func train(_ more: String...) throws -> Finished {
      try bench.run(
        [
          "detect", "train", bench.path("img"), bench.path("objects.json"), "--from", "random", "--out",
          bench.path("run"),
        ]
          + Self.shape.filter { $0 != "--batch-size" && $0 != "2" } + more)
    }
    try annotations(#""bbox":[2,2,10,10]"#, side: 30)
    let small = try train("--dry-run")
    #expect(small.status == 65 && small.errors.contains("4 with a side below 32 pixels"), "\(small)")
    try annotations(#""bbox":[0.1,0.1,0.5,0.25]"#, side: 30)
    let fractions = try train("--dry-run")
    #expect(fractions.status == 65 && fractions.errors.contains("Multiply left and width"), "\(fractions)")
    #expect(!bench.exists("run"))
  }

  @Test func anEncoderWithOtherPatchesIsRefusedBeforeThePlan() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    for command in [detect(bench), segment(bench)] {
      let from = try #require(command.firstIndex(of: "random"))
      let own = command[..<from] + [bench.path("run"), "--out", bench.path("dense"), "--dry-run", "--device", "cpu"]
      let result = try bench.run(Array(own))
      #expect(result.status == 64 && result.errors.contains("Pretrain one with --patch-size 16"), "\(result)")
    }
    let plan = try bench.run([
      "pretrain", bench.path("data/train"), "--out", bench.path("x"), "--preset", "quick", "--image-size", "96",
      "--dry-run", "--device", "cpu",
    ])
    #expect(plan.status == 0 && plan.output.contains("add --patch-size 16"), "\(plan)")
  }

  @Test func aRunOfAnotherCommandIsNamed() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    for command in [["detect", "train"], ["segment", "train"], ["finetune"]] {
      let result = try bench.run(command + ["--out", bench.path("run"), "--resume"])
      #expect(result.status == 64 && result.errors.contains("a run of 'splitmask pretrain'"), "\(result)")
    }
  }

  @Test func faultsAreNamed() throws {
    let bench = try Workbench()
    func check(_ arguments: [String], ends status: Int32, saying message: String) throws {
      let result = try bench.run(arguments)
      #expect(result.status == status && result.errors.contains(message), "\(result)")
    }
    try check(segment(bench, "--split", "nothing"), ends: 65, saying: "nothing")
    try check(detect(bench, "--batch-size", "500"), ends: 64, saying: "larger than the data set")
    try check(
      ["detect", "predict", bench.path("data"), "--from", bench.path("gone"), "--out", "x"], ends: 65,
      saying: "there is nothing at that path")
    #expect(try bench.run(segment(bench, out: "s")).status == 0)
    try check(
      ["detect", "evaluate", bench.path("data"), bench.path("data/instances_val.json"), "--from", bench.path("s")],
      ends: 65, saying: "but no detector")
    try bench.write(Data("disc\nring".utf8), to: "data/two.txt")
    try check(
      segment(bench, out: "t", "--set", "data.classList=\(bench.path("data/two.txt"))"), ends: 65, saying: "classes")
  }
}
