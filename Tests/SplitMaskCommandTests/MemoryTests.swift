import Foundation
import Testing

@Suite struct MemoryTests {
  /// Address space in KiB that a small run fits into, and a large one does not.
  private static let limit = 6_000_000

  private func limited(_ bench: Workbench, _ arguments: [String]) throws -> Finished {
    let shell = ["/bin/sh", "-c", "ulimit -v \(Self.limit); exec \"$0\" \"$@\""]
    return try bench.finish(try bench.start(arguments, under: shell))
  }

  /// The weights of one layer of that width are 13 GB.
  private let large = ["--set", "model.width=32768"]

  @Test func aStepThatDoesNotFitEndsWithWhatToDo() throws {
    let bench = try Workbench()
    let small = try limited(bench, bench.pretrain(out: "small"))
    #expect(small.status == 0, "\(small)")
    let result = try limited(bench, bench.pretrain(out: "large") + large)
    #expect(result.status == 71, "\(result)")
    #expect(
      result.errors.contains("error: out of memory: ") && result.errors.contains(" asked for 12.9 GB more"), "\(result)"
    )
    #expect(result.errors.contains("--batch-size"), "\(result)")
  }
}
