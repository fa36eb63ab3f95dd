import DurableFiles
import Foundation
import Testing
import Torch

@Suite struct ErrorTests {
  /// What one part of the program tells another, which turns it into a sentence.
  private static let translated: Set = ["JSONFault", "Fault", "Damage", "UnknownHost", "Gone"]

  /// Each error type of the package, with whether it is public.
  private func errorTypes() throws -> [(name: String, isPublic: Bool)] {
    let sources = Workbench.package.appending(path: "Sources")
    let declaration =
      #/(?m)^ *(?<access>public |package |private )?(?:struct|enum|final class) (?<name>\w+): [^{]*\bError\b/#
    let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
    return try files.flatMap { file in
      try String(contentsOf: sources.appending(path: file), encoding: .utf8).matches(of: declaration).map {
        (String($0.name), $0.access == "public ")
      }
    }
  }

  @Test func everyErrorHasAnExitStatus() throws {
    let found = try errorTypes()
    #expect(Set(found.map(\.name)) == ErrorTests.translated)
    #expect(found.allSatisfy { !$0.isPublic }, "\(found)")
  }

  /// Files that are no encoder's, each with what it is.
  private func wrongFiles(_ bench: Workbench) throws -> [String] {
    try bench.write(Data(), to: "wrong/empty.safetensors")
    try bench.write(Data("an encoder\n".utf8), to: "wrong/text.safetensors")
    try bench.write(try picture(1), to: "wrong/picture.png")
    try bench.write(Data("PK\u{3}\u{4}".utf8), to: "wrong/cut.pth")
    try bench.write(Data("{}".utf8), to: "wrong/instances.json")
    try SafetensorsWriter.write(
      [(name: "weight", tensor: .zeros([2, 3]))], metadata: [:], to: bench.file("wrong/other.safetensors"))
    try FileManager.default.createDirectory(at: bench.file("wrong/folder"), withIntermediateDirectories: true)
    return [
      "empty.safetensors", "text.safetensors", "picture.png", "cut.pth", "instances.json", "other.safetensors",
      "folder", "absent",
    ]
    .map { bench.path("wrong/\($0)") }
  }

  @Test func aWrongFileIsNoFaultOfTheProgram() throws {
    let bench = try Workbench()
    let (train, test) = (bench.path("data/train"), bench.path("data/val"))
    let commands = [
      ["embed", train, "--out", bench.path("features.csv")],
      ["knn", train, test], ["probe", train, test],
      ["finetune", train, test, "--out", bench.path("run")],
      ["detect", "train", bench.path("data"), bench.path("data/instances_train.json"), "--out", bench.path("run")],
      ["detect", "evaluate", bench.path("data"), bench.path("data/instances_val.json")],
      ["detect", "predict", train, "--out", bench.path("found")],
      ["segment", "train", bench.path("data"), "--split", "train", "--out", bench.path("run")],
      ["segment", "evaluate", bench.path("data"), "--split", "val"],
      ["segment", "predict", train, "--out", bench.path("found")],
    ]
    for file in try wrongFiles(bench) {
      for command in commands {
        let result = try bench.run(command + ["--from", file, "--device", "cpu"])
        let name = URL(filePath: file).lastPathComponent
        #expect(result.status == 64 || result.status == 65, "\(command[0...1]) \(name): \(result)")
        #expect(result.errors.contains(name), "\(command[0...1]) \(name): \(result)")
      }
    }
    #expect(!bench.exists("run") && !bench.exists("found") && !bench.exists("features.csv"))
  }

  @Test func aNetworkOfAnotherTaskIsNamed() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    let encoder = bench.path("run/encoder.safetensors")
    for command in ["detect", "segment"] {
      let result = try bench.run([
        command, "predict", bench.path("data/train"), "--from", encoder, "--out", bench.path("found"),
      ])
      #expect(result.status == 65 && result.errors.contains("encoder.safetensors: it is no"), "\(result)")
    }
  }
}
