import ArgumentParser
import Foundation
import Runs
import SplitMaskCore
import Training

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List the runs in a folder: what, of which images, how far, how large.",
    discussion: """
      Looks into the folder and all below it. A stopped run goes on with --resume; a complete one can be used with --from. \
      Most of a run's size is checkpoints, of which 'pretrain --set training.keepCheckpoints=1' keeps one.
      """)

  @Argument(help: "The folder.")
  var folder = "."

  @OptionGroup var output: OutputOptions

  private struct Listing: Encodable {
    let runs: [RunSummary]
  }

  func validate() throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw ValidationError("\(folder) is not a folder.")
    }
  }

  func run() throws {
    let url = URL(fileURLWithPath: folder).standardizedFileURL
    let runs = RunSummary.all(below: url)
    if output.json { return try Terminal.print(json: Listing(runs: runs)) }
    guard !runs.isEmpty else { return Terminal.say("no run in \(folder)") }
    let rows = runs.map { run in
      [
        name(of: run, below: url), run.method ?? run.kind.rawValue, data(of: run), steps(of: run), run.state.rawValue,
        HumanReadable.byteCount(run.bytes),
      ]
    }
    Terminal.print(
      TextTable.text(
        [["run", "training", "images", "steps", "state", "size"]] + rows,
        alignments: [.left, .left, .left, .right, .left, .right]))
  }

  private func name(of run: RunSummary, below url: URL) -> String {
    let prefix = url.path == "/" ? "/" : url.path + "/"
    guard run.path.hasPrefix(prefix) else { return folder }
    return String(run.path.dropFirst(prefix.count))
  }

  /// The last part of each path: the whole ones are in the JSON.
  private func data(of run: RunSummary) -> String {
    let names = run.data.map { URL(fileURLWithPath: $0).lastPathComponent }
    return names.count <= 2 ? names.joined(separator: ", ") : "\(names[0]), \(names.count - 1) more"
  }

  private func steps(of run: RunSummary) -> String {
    "\(HumanReadable.count(run.steps))/\(run.totalSteps.map(HumanReadable.count) ?? "?")"
  }
}
