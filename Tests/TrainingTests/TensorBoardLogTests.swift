import Foundation
import TestSupport
import Testing
import Training

@Suite struct TensorBoardLogTests {
  @Test func theChecksumIsThatOfRFC3720() {
    #expect(EventRecord.checksum(Data("123456789".utf8)) == 0xE306_9283)
    #expect(EventRecord.checksum(Data(count: 32)) == 0x8A91_36AA)
    #expect(EventRecord.checksum(Data(0..<32)) == 0x46DD_794E)
    #expect(EventRecord.checksum(Data()) == 0)
  }

  private func write(in folder: URL) throws {
    let log = try TensorBoardLog(in: folder, clock: { 1_700_000_000.25 })
    try log.append(StepMetrics(step: 10, epoch: 0, values: [.init("loss", 8.5), .init("learning_rate", 0.25)]))
    let png = try Data(contentsOf: golden("tensorboard/red.png"))
    try log.append(png: png, width: 3, height: 2, name: "pictures/0", step: 10)
    let resumed = try TensorBoardLog(in: folder, resumedStep: 5, clock: { 1_700_000_001 })
    try resumed.append(StepMetrics(step: 6, epoch: 0, values: [.init("loss", .nan)]))
  }

  @Test func theBytesAreThoseThatTensorBoardReads() throws {
    let folder = try TemporaryFolder()
    try write(in: folder.url)
    let names = ["events.out.tfevents.1700000000.splitmask.0", "events.out.tfevents.1700000001.splitmask.0"]
    #expect(try folder.names == names)
    for name in names {
      #expect(try Data(contentsOf: folder.file(name)) == Data(contentsOf: golden("tensorboard/\(name)")), "\(name)")
    }
  }

  @Test func twoFilesOfOneSecondHaveTwoNames() throws {
    let folder = try TemporaryFolder()
    let logs = try (0..<2).map { _ in try TensorBoardLog(in: folder.url, clock: { 7 }) }
    #expect(logs.count == 2)
    #expect(
      try folder.names == ["events.out.tfevents.0000000007.splitmask.0", "events.out.tfevents.0000000007.splitmask.1"])
  }

  private func golden(_ path: String, file: String = #filePath) -> URL {
    URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Goldens").appendingPathComponent(path)
  }
}
