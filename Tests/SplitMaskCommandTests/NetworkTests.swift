import Foundation
import Testing

/// Two hosts, which are network namespaces of this machine joined by a cable of their own.
private final class TwoHosts {
  let names: [String]

  /// - Returns: nil where this machine does not let the test make them.
  init?() {
    let id = UInt16.random(in: .min ... .max)
    names = ["splitmask\(id)a", "splitmask\(id)b"]
    let cables = names.map { "v" + $0.dropFirst(9) }
    let commands =
      names.map { "netns add \($0)" } + ["link add \(cables[0]) type veth peer name \(cables[1])"]
      + zip(names, cables).map { "link set \($1) netns \($0)" }
      + names.enumerated().map { "-n \($1) addr add 10.77.0.\($0 + 1)/24 dev \(cables[$0])" }
      + names.enumerated().flatMap { ["-n \($1) link set \(cables[$0]) up", "-n \($1) link set lo up"] }
    for command in commands where !TwoHosts.ip(command) { return nil }
  }

  deinit { for name in names { _ = TwoHosts.ip("netns del \(name)") } }

  private static func ip(_ arguments: String) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["ip"] + arguments.split(separator: " ").map(String.init)
    (process.standardError, process.standardOutput) = (FileHandle.nullDevice, FileHandle.nullDevice)
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

@Suite struct NetworkTests {
  private static let canBeMade = TwoHosts() != nil

  /// Nothing but 10.77.0.0/24 leads from one to the other, and no name is known there.
  @Test(.enabled(if: canBeMade, "needs iproute2 and the right to make network namespaces"))
  func processesOfTwoHostsTrainTogether() throws {
    let hosts = try #require(TwoHosts())
    let bench = try Workbench()
    let running = try hosts.names.enumerated().map { rank, host in
      try bench.start(
        bench.pretrain("data/train", steps: 20), under: ["ip", "netns", "exec", host],
        environment: [
          "RANK": "\(rank)", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1", "MASTER_ADDR": "10.77.0.1",
          "MASTER_PORT": "29500",
        ])
    }
    let ended = try running.map { try bench.finish($0) }
    #expect(ended.allSatisfy { $0.status == 0 }, "\(ended)")
    #expect(ended[0].errors.contains("float32, 2 processes on 2 machines"), "\(ended[0])")
    #expect(bench.newestCheckpoint() == 20)
  }
}
