import Foundation
import SplitMaskCore
import Training

/// What a person is shown of a speed test.
package enum SpeedText {
  /// What is measured, one fact a line, and what the run's plan mentions.
  package static func facts(_ facts: SpeedFacts) -> String {
    let sides = Set(facts.imageSize).map(String.init).joined(separator: " x ")
    let accumulation = facts.accumulate == 1 ? "" : ", \(facts.accumulate) of them an update"
    let table = lines([
      ("model", "\(facts.model), images of \(sides), patches of \(facts.patchSize)"),
      ("method", facts.method),
      ("images", HumanReadable.count(facts.images)),
      ("batch", "\(facts.batchSize)" + accumulation),
      ("device", "\(facts.device), \(facts.precision), \(count(facts.threads, "thread"))"),
      ("workers", "\(facts.workers)"),
    ])
    return ([table] + noted(facts.notes)).joined(separator: "\n")
  }

  /// Tables, what to copy, and what to know.
  package static func results(_ report: SpeedReport) -> String {
    let advice = report.advice
    let closing = lines([
      ("matrix rate", "\(HumanReadable.count(Int(report.matrixRate.rounded()))) Gflop/s"),
      ("recommended", advice.options),
      ("whole run", "about \(HumanReadable.duration(advice.runSeconds)) with that batch"),
    ])
    let blocks = ["", updates(report.updates), "", loading(report.loading), "", closing]
    return (blocks + noted(notes(report))).joined(separator: "\n")
  }

  private static func updates(_ updates: [UpdateSpeed]) -> String {
    TextTable.text(
      [["batch", "images/s", "MFU", "data wait", "peak memory", "whole run"]]
        + updates.map {
          [
            "\($0.batchSize)", rate($0.imagesPerSecond), share($0.modelFLOPsUtilization), share($0.dataWait),
            HumanReadable.byteCount($0.peakMemory), HumanReadable.duration($0.runSeconds),
          ]
        })
  }

  private static func loading(_ loading: [LoaderSpeed]) -> String {
    TextTable.text([["workers", "images/s loaded"]] + loading.map { ["\($0.workers)", rate($0.imagesPerSecond)] })
  }

  private static func notes(_ report: SpeedReport) -> [String] {
    var notes = report.omitted.map { omitted in
      let reason =
        switch omitted.reason {
        case .memory: "it might not fit the memory"
        case .time: "it needs more time; give --seconds more"
        }
      return "a batch of \(omitted.batchSize) was left out: \(reason)"
    }
    if report.othersWereBusy {
      notes.append("other programs kept the processors busy meanwhile; without them it is faster")
    }
    if report.advice.batchSize != report.facts.batchSize {
      notes.append(
        """
        the run's own batch is \(report.facts.batchSize): another one changes the learning rate, the number of updates, and \
        what a contrastive loss compares
        """)
    }
    if report.advice.isLoaderTheLimit {
      notes.append(
        "no number of workers loads fast enough: use more processors, or store the images smaller"
          + (report.facts.keepsDecodedImages
            ? "" : "; where all of them fit decoded, --set data.cacheGigabytes=N keeps them"))
    }
    if report.facts.keepsDecodedImages {
      notes.append("decoded images fit in memory: from the second pass on a run loads faster than measured here")
    }
    return notes
  }

  private static func noted(_ notes: [String]) -> [String] { notes.map { "note: \($0)" } }

  private static func rate(_ value: Double) -> String {
    value < 99.95 ? String(format: "%.1f", locale: nil, value) : HumanReadable.count(Int(value.rounded()))
  }

  private static func share(_ value: Double) -> String { "\(Int((100 * value).rounded())) %" }

  private static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// Names and values, the values under each other.
  private static func lines(_ facts: [(String, String)]) -> String {
    let width = 13
    return facts.map { $0.0.padding(toLength: width, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
  }
}
