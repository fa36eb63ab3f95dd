import DurableFiles
import Foundation
import ImageData
import SplitMaskCore
import Synchronization
import Testing

@Suite struct WorkProgressTests {
  @Test func listingManyFilesIsTold() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "listing-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for number in 0..<4100 {
      _ = FileManager.default.createFile(atPath: folder.appending(path: "\(number).png").path, contents: nil)
    }
    let seen = Mutex<[WorkProgress]>([])
    let observer: @Sendable (WorkProgress) -> Void = { progress in seen.withLock { $0.append(progress) } }
    let count = try WorkProgress.observed(by: observer) { try ImageDataset(paths: [folder.path]).count }
    let reports = seen.withLock { $0 }
    #expect(count == 4100)
    #expect(
      reports.map(\.done) == [2048, 4096] && reports.allSatisfy { $0.activity == "listing files" && $0.total == nil })
    _ = try ImageDataset(paths: [folder.path])
    #expect(seen.withLock { $0.count } == 2, "nobody is told outside the call")
  }
}
