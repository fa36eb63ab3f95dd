import Foundation
import TestSupport
import Testing
import Torch

@Suite struct ProcessGroupTests {
  @Test(arguments: Transport.allCases)
  func aSumIsTheSumOfAll(transport: Transport) throws {
    let sums = try together(3, by: transport) { processes in
      let tensor = Tensor([Float(processes.rank + 1), 10])
      processes.sumInPlace(tensor)
      try processes.check()
      return tensor.array(of: Float.self)
    }
    #expect(sums == [[6, 30], [6, 30], [6, 30]])
  }

  @Test(arguments: Transport.allCases)
  func processesOfOneMachineKnowIt(transport: Transport) throws {
    #expect(try together(3, by: transport) { $0.machineCount } == [1, 1, 1])
    #expect(ProcessGroup.alone.machineCount == 1)
  }

  @Test(arguments: Transport.allCases)
  func rowsOfDifferentCountsAreGatheredInOrder(transport: Transport) throws {
    let rows = try together(3, by: transport) { processes in
      processes.gatheredUnevenly(
        Tensor([Int64](repeating: Int64(processes.rank), count: processes.rank * 2), shape: [processes.rank, 2])
      ).array(of: Int.self)
    }
    #expect(rows.allSatisfy { $0 == [1, 1, 2, 2, 2, 2] })
  }

  @Test(arguments: Transport.allCases)
  func bytesGoAroundWhole(transport: Transport) throws {
    let texts = try together(2, by: transport) { processes in
      let all = try processes.gathered(
        Array("process \(processes.rank)".utf8) + [UInt8](repeating: 0, count: processes.rank))
      let first = try processes.broadcast(Array("from \(processes.rank)".utf8))
      return all.map(\.count) + [first.count, processes.any(processes.rank == 1) ? 1 : 0, processes.any(false) ? 1 : 0]
    }
    #expect(texts.allSatisfy { $0 == [9, 10, 6, 1, 0] })
  }

  /// Rows are weighted by 1, 2, …; with L = Σ over processes of Σ w (rank + 1) x, a row's gradient is w Σ (rank + 1).
  @Test(arguments: Transport.allCases)
  func gatheredRowsHaveGradientsFromAllProcesses(transport: Transport) throws {
    let gradients = try together(2, by: transport) { processes in
      let rows = Tensor([Float(1), 2], shape: [2, 1])
      rows.requiresGradient = true
      let weights = Tensor([Float(1), 2, 3, 4], shape: [4, 1])
      let loss = (processes.gathered(rows) * weights).sum() * Double(processes.rank + 1)
      processes.backward(loss, reducing: false)
      try processes.check()
      return rows.gradient!.array(of: Float.self)
    }
    #expect(gradients == [[3, 6], [9, 12]])
  }

  @Test(arguments: Transport.allCases)
  func aSumHasTheSumOfGradients(transport: Transport) throws {
    let gradients = try together(2, by: transport) { processes in
      let value = Tensor([Float(processes.rank + 2)])
      value.requiresGradient = true
      let sum = processes.summed(value)
      processes.backward((sum * sum).sum(), reducing: false)
      return value.gradient!.array(of: Float.self)
    }
    // d/dx of 2 (x + y)², each process having one of them.
    #expect(gradients == [[20], [20]])
  }

  /// Three parameters of which one takes no part: its gradient stays nil.
  @Test(arguments: Transport.allCases)
  func theReducerLeavesMeanGradients(transport: Transport) throws {
    let gradients = try together(2, by: transport) { processes in
      let parameters = [[3], [400_000], [2]].map { Tensor.ones($0) }
      for parameter in parameters { parameter.requiresGradient = true }
      processes.reduceGradients(of: parameters)
      var results: [[Float]] = []
      for round in 1...3 {
        for parameter in parameters { parameter.gradient = nil }
        let factor = Double(round * (processes.rank + 1))
        // A batch that is accumulated, and the last one.
        processes.backward((parameters[0] * factor).sum(), reducing: false)
        processes.backward(((parameters[0] * factor).sum() + (parameters[1] * factor).sum()))
        try processes.check()
        results.append(parameters[0].gradient!.array())
        results.append([parameters[1].gradient!.mean().array()[0], parameters[2].gradient == nil ? 1 : 0])
      }
      return results
    }
    let expected: [[Float]] = [[3, 3, 3], [1.5, 1], [6, 6, 6], [3, 1], [9, 9, 9], [4.5, 1]]
    #expect(gradients == [expected, expected])
  }

  @Test func aThreadThatLeavesEndsTheWaitingOfTheOthers() throws {
    let members = ProcessGroup.threads(2)
    members[1].abandon()
    let tensor = Tensor.ones([3])
    members[0].sumInPlace(tensor)
    #expect(tensor.array(of: Float.self) == [1, 1, 1])
    #expect(throws: ProcessGroupError.self) { try members[0].check() }
  }

  /// Sums that depend on the order of their terms come out alike in every round and for every thread.
  @Test func sumsOfThreadsHaveTheSameBitsWhoeverComesFirst() throws {
    let sums = try together(3, by: .memory) { processes in
      try (0..<50).map { round in
        if round % 3 == processes.rank { Thread.sleep(forTimeInterval: 0.001) }
        let tensor = Tensor([Float(0.1), 1e8, 3.3e-7].map { $0 * Float(processes.rank * 7 + 1) })
        processes.sumInPlace(tensor)
        try processes.check()
        return tensor.array(of: Float.self)
      }
    }
    #expect(Set(sums.flatMap { $0 }).count == 1)
  }

  @Test func aLostProcessIsNamedAndNothingHangs() throws {
    let clock = ContinuousClock()
    var outcomes: [String] = []
    let time = try clock.measure {
      outcomes = try together(3) { processes -> String in
        guard processes.rank != 1 else { return "left" }
        for _ in 0..<2 { processes.sumInPlace(Tensor.ones([100_000])) }
        do {
          try processes.check()
          return "nothing noticed"
        } catch { return "\(error)" }
      }
    }
    #expect(outcomes[0].hasPrefix("process 1 of 3 was lost"))
    #expect(outcomes[2].hasPrefix("process 1 of 3 was lost"))
    #expect(time < .seconds(30))
  }

  @Test func anAddressThatNobodyAnswersIsNamed() {
    var meeting = Rendezvous(rank: 1, size: 2, localRank: 1, localSize: 2, host: "127.0.0.1", port: 9)
    meeting.joinSeconds = 1
    #expect(
      throws: ProcessGroupError.unreachable(address: "127.0.0.1:9", seconds: 1, rank: 1)
    ) { try ProcessGroup(meeting) }
  }

  @Test func aMachineThatNobodyKnowsIsNamed() {
    let host = "no-such-machine.invalid"
    let meeting = Rendezvous(rank: 1, size: 2, localRank: 0, localSize: 1, host: host, port: 29500)
    #expect(throws: ProcessGroupError.unknownHost(host, rank: 1)) { try ProcessGroup(meeting) }
  }

  @Test func aProcessThatDoesNotComeIsNamed() throws {
    let port = try #require(Rendezvous.freePort())
    var meeting = Rendezvous(rank: 0, size: 2, localRank: 0, localSize: 2, host: "127.0.0.1", port: port)
    // Long enough for a store to be opened while all other tests begin.
    meeting.joinSeconds = 6
    #expect(
      throws: ProcessGroupError.absent(ranks: [1], size: 2, address: "127.0.0.1:\(port)", seconds: 6)
    ) { try ProcessGroup(meeting) }
  }

  @Test func aPortInUseIsNamed() throws {
    let port = try #require(Rendezvous.freePort())
    var meeting = Rendezvous(rank: 0, size: 1, localRank: 0, localSize: 1, host: "127.0.0.1", port: port)
    meeting.joinSeconds = 1
    let holder = try ProcessGroup(meeting)
    #expect(throws: ProcessGroupError.portInUse(port: port)) { try ProcessGroup(meeting) }
    #expect(holder.isFirst)
  }
}
