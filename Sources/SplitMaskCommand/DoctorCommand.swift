import ArgumentParser
import Foundation
import ImageCoding
import Runs
import SplitMaskCore
import Torch

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Say what engine, devices, threads, codecs and versions are in use.")

  @OptionGroup var output: OutputOptions

  func run() throws {
    let memory = Double(ProcessInfo.processInfo.physicalMemory) / 1e9
    let rows: [(String, String)] = [
      ("splitmask", Version.current), ("libtorch", Engine.version),
      ("device", "\(Device.best) (--device auto)"), ("CUDA devices", "\(Device.cudaCount)"),
      ("Apple GPU", Device.isMPSAvailable ? "yes" : "no"),
      ("processors", "\(ProcessInfo.processInfo.activeProcessorCount)"),
      ("engine threads", "\(Engine.threadCount)"), ("CPU runs", MachineLoad.sharing), ("load", MachineLoad.now),
      ("memory", String(format: "%.0f GB", memory)),
      ("system", ProcessInfo.processInfo.operatingSystemVersionString),
      ("codecs", ImageCodecs.description),
      ("plotly.js", PlotLibrary.find()?.path ?? "none: pages of comparisons have no charts; make setup gets it"),
    ]
    if output.json {
      let facts = rows.map { ($0.0.lowercased().replacing(" ", with: "_").replacing(".", with: "_"), $0.1) }
      return try Terminal.print(json: Dictionary(uniqueKeysWithValues: facts))
    }
    for (name, value) in rows {
      Terminal.print(name.padding(toLength: 16, withPad: " ", startingAt: 0) + value)
    }
  }
}
