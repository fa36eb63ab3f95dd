import DurableFiles
public import Foundation
import SwiftProtobuf

/// `events.out.tfevents.*`: numbers and pictures for TensorBoard.
///
/// A run that goes on writes a new file beside the old ones. Its first record tells TensorBoard to forget what those
/// hold of the steps that come again.
public final class TensorBoardLog {
  private let file: AppendingFile
  private let clock: @Sendable () -> Double

  /// Starts a file in `folder`.
  ///
  /// - Parameters:
  ///   - folder: Where the file is made.
  ///   - resumedStep: Steps done when the run goes on; 0 for a new run.
  ///   - clock: Seconds since 1970, which TensorBoard shows as the time of a step.
  /// - Throws: `FileError`.
  public init(
    in folder: URL, resumedStep: Int = 0, clock: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
  ) throws {
    self.clock = clock
    file = try AppendingFile(Self.newFile(in: folder, seconds: Int(clock())))
    try write(step: 0) { $0.fileVersion = "brain.Event:2" }
    try write(step: resumedStep + (resumedStep > 0 ? 1 : 0)) { $0.sessionLog = .with { $0.status = .start } }
  }

  /// Writes the numbers of a step, `step` and `epoch` aside.
  ///
  /// - Throws: `FileError`.
  public func append(_ metrics: StepMetrics) throws {
    try write(step: metrics.step) { event in
      event.summary.value = metrics.values.map { value in
        .with {
          $0.tag = value.name
          $0.simpleValue = Float(value.value)
        }
      }
    }
  }

  /// Writes a picture.
  ///
  /// - Parameters:
  ///   - png: An encoded RGB picture.
  ///   - width: Its columns.
  ///   - height: Its rows.
  ///   - name: What TensorBoard calls it; pictures of one name make a time line.
  ///   - step: Updates done.
  /// - Throws: `FileError`.
  public func append(png: Data, width: Int, height: Int, name: String, step: Int) throws {
    try write(step: step) { event in
      event.summary.value = [
        .with {
          $0.tag = name
          $0.image.width = Int32(width)
          $0.image.height = Int32(height)
          $0.image.colorspace = 3
          $0.image.encodedImageString = png
        }
      ]
    }
  }

  private func write(step: Int, _ fill: (inout Tensorboard_Event) -> Void) throws {
    var event = Tensorboard_Event()
    event.wallTime = clock()
    event.step = Int64(step)
    fill(&event)
    let bytes: Data
    do {
      bytes = try event.serializedBytes()
    } catch {
      preconditionFailure("an event without required fields, extensions or any can always be encoded: \(error)")
    }
    try file.append(EventRecord.frame(bytes))
  }

  /// TensorBoard reads a folder's files in the order of their names, and each to its end only once a later one exists:
  /// the seconds make the order, the number tells two files of one second apart.
  private static func newFile(in folder: URL, seconds: Int) -> URL {
    let digits = String(seconds)
    let padded = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    var number = 0
    while true {
      let url = folder.appendingPathComponent("events.out.tfevents.\(padded).splitmask.\(number)")
      if !FileManager.default.fileExists(atPath: url.path) { return url }
      number += 1
    }
  }
}
