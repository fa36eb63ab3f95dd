import Foundation
import Synchronization
import Testing
import Torch
import Training

@Suite struct ReplicasTests {
  private struct Failure: Error, Equatable {}

  private func count(
    batch: Int, share: Int = 8, parameters: Int = 1_000_000, device: Device = .cpu, threads: Int = 8
  ) -> Int {
    Replicas.automaticCount(
      batchSize: batch, smallestShare: share, parameterCount: parameters, device: device, processes: .alone,
      threads: threads, memory: 16 << 30)
  }

  @Test func asManyAsThereAreThreadsAsFarAsTheBatchAllows() {
    #expect(count(batch: 64) == 8)
    #expect(count(batch: 64, threads: 2) == 2)
    #expect(count(batch: 64, threads: 6) == 4)
    #expect(count(batch: 32) == 4)
    #expect(count(batch: 6) == 1)
    #expect(count(batch: 6, share: 1) == 6)
    // Not every share is a multiple of eight, but all are even.
    #expect(count(batch: 100, threads: 2) == 2)
    #expect(count(batch: 50, threads: 2) == 1)
  }

  @Test func largeNetworksAreNotHeldManyTimes() {
    // An eighth of 16 GiB holds a hundred million parameters, sixteen bytes each, once.
    #expect(count(batch: 64, parameters: 100_000_000) == 1)
    #expect(count(batch: 64, parameters: 60_000_000) == 2)
  }

  @Test func devicesHaveOne() {
    #expect(count(batch: 64, device: .cuda) == 1)
  }

  @Test func allTakePartAndTheThreadsAreGivenBack() throws {
    let before = Engine.threadCount
    let sum = try Replicas.run(ProcessGroup.threads(3)) { member in
      let tensor = Tensor([Float(1)])
      member.sumInPlace(tensor)
      return tensor.item()
    } follow: { member in
      member.sumInPlace(Tensor([Float(10)]))
    }
    #expect(sum == 21)
    #expect(Engine.threadCount == before)
  }

  @Test(arguments: [0, 1])
  func theErrorOfTheMemberThatFailedFirstIsThrown(rank: Int) {
    #expect(throws: Failure()) {
      try Replicas.run(ProcessGroup.threads(2)) { member in
        if member.rank == rank { throw Failure() }
        member.sumInPlace(Tensor([Float(1)]))
        try member.check()
      } follow: { member in
        if member.rank == rank { throw Failure() }
        member.sumInPlace(Tensor([Float(1)]))
        try member.check()
      }
    }
  }
}
