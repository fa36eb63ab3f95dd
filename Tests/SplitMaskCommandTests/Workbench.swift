import Foundation
import ShapesData
import TestSupport
import Testing

/// What a process left behind.
struct Finished: CustomStringConvertible {
  let status: Int32
  let wasKilled: Bool
  let output: String
  let errors: String

  var description: String { "status \(status)\n\(output)\n\(errors)" }
}

/// A folder with images, in which the built program runs; deleted with this object.
final class Workbench {
  let url: URL

  /// - Parameter images: composed ones, in class folders below `data`.
  init(images: Int = 25) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    guard images > 0 else { return }
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height) = (images, 32, 32)
    try ShapesDataset(config: config).write(to: file("data"), workers: 1)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The package's folder.
  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The program, which lies beside the test bundle.
  static let executable: URL = {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? ".build/release/tests.xctest"
    var place = URL(fileURLWithPath: bundle)
    while place.path.contains(".xctest") { place.deleteLastPathComponent() }
    return place.appendingPathComponent("splitmask")
  }()

  /// What the program keeps for later, in one folder for all tests, so that what a kind of run costs is measured once.
  static let cache: URL = {
    let number = ProcessInfo.processInfo.processIdentifier
    atexit { try? FileManager.default.removeItem(at: Workbench.cache) }
    return FileManager.default.temporaryDirectory.appending(path: "splitmask-cache-\(number)")
  }()

  /// What commands are started with. Matrices as small as the tests' are not worth a second thread.
  static var environment: [String: String] {
    ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": cache.path]) { $1 }
  }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  func path(_ name: String) -> String { file(name).path }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func text(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }

  /// Writes a file, and the folders above it.
  func write(_ content: Data, to name: String) throws {
    try FileManager.default.createDirectory(
      at: file(name).deletingLastPathComponent(), withIntermediateDirectories: true)
    try content.write(to: file(name))
  }

  /// The arguments of a tiny run; later ones outrank earlier ones where they are settings.
  func pretrain(_ images: String = "data/train", out: String = "run", steps: Int? = 2, _ more: String...) -> [String] {
    [
      "pretrain", path(images), "--out", path(out), "--device", "cpu", "--workers", "1", "--image-size", "16",
      "--patch-size", "4", "--vocabulary", "64", "--batch-size", "4", "--model", "vit-tiny", "--set", "model.width=32",
      "--set", "model.depth=2", "--set", "model.headCount=2",
    ] + (steps.map { ["--steps", "\($0)"] } ?? []) + more
  }

  /// Runs the program to its end.
  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Finished {
    try finish(try start(arguments, environment: environment))
  }

  /// A program that runs; its streams go to files, which need nobody to read them.
  struct Running {
    let process: Process
    let output: URL
    let errors: URL
  }

  /// - Parameters:
  ///   - command: another program that runs it.
  ///   - program: which of the built ones.
  func start(
    _ arguments: [String], under command: [String] = [], environment: [String: String] = [:],
    program: URL = Workbench.executable
  ) throws -> Running {
    let name = UUID().uuidString
    let (output, errors) = (file(".\(name).out"), file(".\(name).err"))
    try Data().write(to: output)
    try Data().write(to: errors)
    let process = Process()
    process.executableURL = command.isEmpty ? program : URL(filePath: "/usr/bin/env")
    process.arguments = command.isEmpty ? arguments : command + [program.path] + arguments
    process.currentDirectoryURL = url
    process.environment = Workbench.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    return Running(process: process, output: output, errors: errors)
  }

  func finish(_ running: Running) throws -> Finished {
    running.process.waitUntilExit()
    return Finished(
      status: running.process.terminationStatus, wasKilled: running.process.terminationReason == .uncaughtSignal,
      output: try String(contentsOf: running.output, encoding: .utf8),
      errors: try String(contentsOf: running.errors, encoding: .utf8))
  }

  /// The newest checkpoint's step; nil when there is none.
  func newestCheckpoint(of run: String = "run") -> Int? {
    let names = try? FileManager.default.contentsOfDirectory(atPath: path(run + "/checkpoints"))
    return (names ?? []).filter { $0.hasPrefix("step-") }.compactMap { Int($0.dropFirst(5)) }.max()
  }

  /// Every file below a folder with its content, to see that nothing was lost.
  func content(of folder: String) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: path(folder))
    var result: [String: Data] = [:]
    for name in names {
      // A folder has no content of its own.
      if let data = try? Data(contentsOf: file(folder + "/" + name)) { result[name] = data }
    }
    return result
  }
}

/// A small picture that no other number gives.
func picture(_ number: Int, width: Int = 20, height: Int = 16) throws -> Data {
  try TestSupport.picture(number, width: width, height: height)
}
