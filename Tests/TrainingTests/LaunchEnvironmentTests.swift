import SplitMaskCore
import Testing
import Torch
import Training

@Suite struct LaunchEnvironmentTests {
  private func meeting(_ variables: [String: String]) throws -> Rendezvous? {
    try LaunchEnvironment(variables).rendezvous()
  }

  @Test func noLauncherMeansNobodyElse() throws {
    #expect(try meeting(["SLURM_NTASKS": "8", "SLURM_PROCID": "0"]) == nil)
    #expect(try meeting([:]) == nil)
  }

  @Test func torchrunIsUnderstood() throws {
    let found = try #require(
      try meeting([
        "RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4", "MASTER_ADDR": "node1",
        "MASTER_PORT": "29400", "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2",
      ]))
    var expected = Rendezvous(rank: 5, size: 8, localRank: 1, localSize: 4, host: "node1", port: 29400)
    (expected.firstServesStore, expected.attempt) = (false, 2)
    #expect(found == expected)
  }

  @Test func slurmIsUnderstood() throws {
    let found = try meeting([
      "SLURM_STEP_NUM_TASKS": "8", "SLURM_STEP_NUM_NODES": "2", "SLURM_PROCID": "6", "SLURM_LOCALID": "2",
      "SLURM_STEP_NODELIST": "gpu[07-08],big3",
    ])
    #expect(found == Rendezvous(rank: 6, size: 8, localRank: 2, localSize: 4, host: "gpu07", port: 29500))
  }

  @Test func openMPIIsUnderstood() throws {
    var variables = [
      "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_LOCAL_RANK": "3",
      "OMPI_COMM_WORLD_LOCAL_SIZE": "4",
    ]
    let found = try meeting(variables)
    #expect(found == Rendezvous(rank: 3, size: 4, localRank: 3, localSize: 4, host: "127.0.0.1", port: 29500))
    variables["OMPI_COMM_WORLD_LOCAL_SIZE"] = "2"
    #expect(throws: InvalidSetting.self) { try meeting(variables) }
  }

  @Test(arguments: [
    (["RANK": "4", "WORLD_SIZE": "4", "MASTER_ADDR": "a", "MASTER_PORT": "1"], "RANK"),
    (["RANK": "0", "WORLD_SIZE": "two", "MASTER_ADDR": "a", "MASTER_PORT": "1"], "WORLD_SIZE"),
    (["RANK": "0", "WORLD_SIZE": "2", "MASTER_PORT": "1"], "MASTER_ADDR"),
    (["RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "a", "MASTER_PORT": "70000"], "MASTER_PORT"),
  ])
  func whatIsWrongIsNamed(variables: [String: String], name: String) throws {
    let error = #expect(throws: InvalidSetting.self) { try meeting(variables) }
    #expect(error?.key == name)
  }

  @Test func backendsAreThreeNames() throws {
    #expect(try LaunchEnvironment([:]).backend() == .auto)
    #expect(try LaunchEnvironment(["SPLITMASK_BACKEND": "nccl"]).backend() == .nccl)
    #expect(throws: InvalidSetting.self) { try LaunchEnvironment(["SPLITMASK_BACKEND": "mpi"]).backend() }
  }
}
