import DurableFiles
import Foundation
import Testing
import Torch

/// What `--from` stands for, what may be said beside it, and what is told of it.
@Suite struct EncoderChoiceTests {
  private func embed(_ bench: Workbench, from encoder: String, _ more: String...) -> [String] {
    ["embed", bench.path("data/val"), "--out", bench.path("f.safetensors"), "--device", "cpu", "--workers", "1"]
      + ["--from", encoder == "random" ? encoder : bench.path(encoder)] + more
  }

  private func fineTune(_ bench: Workbench, from encoder: String, out: String = "tuned", _ more: String...) -> [String]
  {
    [
      "finetune", bench.path("data/train"), bench.path("data/val"), "--from", bench.path(encoder), "--out",
      bench.path(out),
    ]
      + ["--device", "cpu", "--workers", "1", "--batch-size", "4", "--steps", "2"] + more
  }

  /// Runs of two steps, stopped before the second by taking away what the end leaves.
  private func stop(_ bench: Workbench, _ run: String = "run") throws {
    for name in ["encoder", "classifier", "best-classifier", "detector", "segmenter"] {
      try? FileManager.default.removeItem(at: bench.file("\(run)/\(name).safetensors"))
    }
  }

  private func features(_ bench: Workbench, _ arguments: [String]) throws -> Tensor {
    let result = try bench.run(arguments + (bench.exists("f.safetensors") ? ["--overwrite"] : []))
    #expect(result.status == 0, "\(result)")
    defer {
      for ending in ["safetensors", "txt"] { try? FileManager.default.removeItem(at: bench.file("f.\(ending)")) }
    }
    return try SafetensorsFile(bench.file("f.safetensors")).tensor("features")
  }

  @Test(arguments: ["splitmask", "beit", "mae", "dino", "supervised"])
  func aStoppedRunGivesWhatTheFinishedOneDoes(method: String) throws {
    let bench = try Workbench()
    var arguments = bench.pretrain("data/train", out: "run", steps: 2, "--method", method)
    if !["splitmask", "beit"].contains(method), let place = arguments.firstIndex(of: "--vocabulary") {
      arguments.removeSubrange(place...place + 1)
    }
    if method == "dino" {
      arguments += [
        "--set", "dino.crops.localSize=8", "--set", "dino.outputDimension=32", "--set", "dino.hiddenDimension=32",
      ]
    }
    let trained = try bench.run(arguments)
    #expect(trained.status == 0, "\(trained)")
    let whole = try features(bench, embed(bench, from: "run"))
    try stop(bench)
    let result = try bench.run(embed(bench, from: "run"))
    #expect(
      result.status == 0 && result.errors.contains("is not complete: its checkpoint of step 2 is taken"), "\(result)")
    #expect(try SafetensorsFile(bench.file("f.safetensors")).tensor("features").hasSameValues(as: whole))
  }

  @Test func aFineTunedRunGivesItsEncoder() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    let tuned = try bench.run(fineTune(bench, from: "run"))
    #expect(tuned.status == 0, "\(tuned)")
    let whole = try features(bench, embed(bench, from: "tuned"))
    try stop(bench, "tuned")
    #expect(try features(bench, embed(bench, from: "tuned")).hasSameValues(as: whole))
    // Its architecture, and another training that starts from it.
    #expect(try bench.run(embed(bench, from: "random", "--like", bench.path("tuned"))).status == 0)
    let again = try bench.run(fineTune(bench, from: "tuned", out: "again"))
    #expect(again.status == 0 && again.errors.contains("is not complete"), "\(again)")
  }

  @Test func anArchitectureBesideAnEncoderIsRefused() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    for (more, key) in [
      (["--model", "vit-small"], "model.architecture: vit-small"), (["--patch-size", "8"], "model.patchSize: 8"),
      (["--heads", "4"], "model.headCount: 4"),
    ] {
      for arguments in [embed(bench, from: "run"), fineTune(bench, from: "run")] {
        let result = try bench.run(arguments + more)
        #expect(result.status == 64 && result.errors.contains(key), "\(result)")
        #expect(result.errors.contains("vit-tiny, width 32, depth 2, 2 heads, patches of 4"), "\(result)")
      }
    }
    let set = try bench.run(fineTune(bench, from: "run", out: "tuned", "--set", "model.depth=3"))
    #expect(set.status == 64 && set.errors.contains("model.depth: 3"), "\(set)")
    let like = try bench.run(embed(bench, from: "run", "--like", bench.path("run")))
    #expect(like.status == 64 && like.errors.contains("--like is for --from random"), "\(like)")
    // What agrees changes nothing.
    #expect(
      try bench.run(embed(bench, from: "run", "--model", "vit-tiny", "--patch-size", "4", "--heads", "2")).status == 0)
    #expect(!bench.exists("tuned"))
  }

  @Test func settingsOfOtherMethodsAreRefused() throws {
    let bench = try Workbench()
    for (more, tells) in [
      (["--method", "mae"], "tokenizer.vocabulary: the method 'mae' does not look at 'tokenizer'"),
      (["--set", "dino.hiddenDimension=3"], "the method 'splitmask' does not look at 'dino'"),
    ] {
      let result = try bench.run(bench.pretrain() + more + ["--dry-run"])
      #expect(result.status == 64 && result.errors.contains(tells), "\(result)")
    }
  }

  /// A file of timm's names without metadata, of a width that two families share.
  private func writeForeign(_ bench: Workbench, changing change: (inout [String: Tensor]) -> Void = { _ in }) throws {
    #expect(try bench.run(bench.pretrain("data/train", out: "wide", steps: 1, "--set", "model.width=384")).status == 0)
    var state = try SafetensorsFile(bench.file("wide/encoder.safetensors")).tensors()
    change(&state)
    try SafetensorsWriter.write(state.map { (name: $0.key, tensor: $0.value) }, to: bench.file("timm.safetensors"))
  }

  @Test func headsThatAFileDoesNotTellAreSaidAndCanBeGiven() throws {
    let bench = try Workbench()
    try writeForeign(bench)
    let assumed = try bench.run(embed(bench, from: "timm.safetensors"))
    #expect(assumed.status == 0 && assumed.errors.contains("6 attention heads"), "\(assumed)")
    #expect(assumed.errors.contains("--heads N"), "\(assumed)")
    let right = try features(bench, embed(bench, from: "wide"))
    #expect(try features(bench, embed(bench, from: "timm.safetensors", "--heads", "2")).hasSameValues(as: right))
    #expect(!(try features(bench, embed(bench, from: "timm.safetensors", "--heads", "6")).hasSameValues(as: right)))
    for arguments in [embed(bench, from: "timm.safetensors", "--heads", "7")] {
      let result = try bench.run(arguments)
      #expect(result.status == 64 && result.errors.contains("7 heads do not divide a width of 384"), "\(result)")
    }
    let tuned = try bench.run(fineTune(bench, from: "timm.safetensors", out: "tuned", "--heads", "2"))
    #expect(tuned.status == 0, "\(tuned)")
    #expect(try SafetensorsFile(bench.file("tuned/classifier.safetensors")).metadata["heads"] == "2")
  }

  @Test func weightsThatAreNotFiniteAreNamed() throws {
    let bench = try Workbench()
    try writeForeign(bench) { $0["blocks.1.mlp.fc1.bias"] = $0["blocks.1.mlp.fc1.bias"]! * Double.nan }
    for arguments in [embed(bench, from: "timm.safetensors"), fineTune(bench, from: "timm.safetensors")] {
      let result = try bench.run(arguments)
      #expect(result.status == 65 && result.errors.contains("'blocks.1.mlp.fc1.bias' holds NaN"), "\(result)")
    }
    #expect(!bench.exists("f.safetensors") && !bench.exists("tuned"))
  }

  /// Finite weights whose products are not.
  @Test func featuresThatAreNotFiniteAreNotWritten() throws {
    let bench = try Workbench()
    try writeForeign(bench) { $0["norm.weight"] = $0["norm.weight"]! * 3e38 }
    let result = try bench.run(embed(bench, from: "timm.safetensors"))
    #expect(result.status == 65 && result.errors.contains("infinite values or NaN"), "\(result)")
    #expect(!bench.exists("f.safetensors") && !bench.exists("f.txt"))
  }

  @Test func flippedBytesAreNoticed() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    var bytes = try Data(contentsOf: bench.file("run/encoder.safetensors"))
    bytes[bytes.count - 2] ^= 0x40
    try bytes.write(to: bench.file("run/encoder.safetensors"))
    let result = try bench.run(embed(bench, from: "run"))
    #expect(result.status == 65 && result.errors.contains("do not add up to its checksum"), "\(result)")
  }
}
