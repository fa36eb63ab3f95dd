import SplitMaskCore
package import Torch

/// What a launcher has told this process about the others: torchrun and `splitmask launch`, Slurm's srun, Open MPI's mpirun.
package struct LaunchEnvironment: Sendable {
  /// Where Slurm's and Open MPI's processes meet where nobody says.
  private static let defaultPort = 29500

  private let variables: [String: String]

  /// What the variables of an environment say.
  package init(_ variables: [String: String]) {
    self.variables = variables
  }

  /// Where the processes meet; nil for a process that no launcher has started.
  ///
  /// - Throws: `InvalidSetting` naming the variable that is missing or wrong.
  package func rendezvous() throws -> Rendezvous? {
    if variables["RANK"] != nil && variables["WORLD_SIZE"] != nil { return try torchrun() }
    if let size = variables["SLURM_STEP_NUM_TASKS"], size != "1" { return try slurm() }
    if let size = variables["OMPI_COMM_WORLD_SIZE"], size != "1" { return try openMPI() }
    return nil
  }

  /// What exchanges tensors on GPUs.
  package enum Backend: String, CaseIterable, Sendable {
    /// NCCL where it is there and every process has a GPU of its own, else Gloo.
    case auto, gloo, nccl
  }

  /// What is to exchange tensors on GPUs, by `SPLITMASK_BACKEND`.
  ///
  /// - Throws: `InvalidSetting`.
  package func backend() throws -> Backend {
    let name = variables["SPLITMASK_BACKEND"] ?? Backend.auto.rawValue
    guard let backend = Backend(rawValue: name) else {
      throw InvalidSetting("SPLITMASK_BACKEND", "is \(name); it must be auto, gloo or nccl")
    }
    return backend
  }

  private func torchrun() throws -> Rendezvous {
    let (rank, size) = (try number("RANK"), try number("WORLD_SIZE"))
    var meeting = try meeting(
      rank: rank, size: size, localRank: number("LOCAL_RANK", or: rank),
      localSize: number("LOCAL_WORLD_SIZE", or: size), host: text("MASTER_ADDR"), port: number("MASTER_PORT"))
    // torchrun keeps a store of its own, and starts all processes again when one has failed.
    meeting.firstServesStore = variables["TORCHELASTIC_USE_AGENT_STORE"]?.lowercased() != "true"
    meeting.attempt = try number("TORCHELASTIC_RESTART_COUNT", or: 0)
    return meeting
  }

  private func slurm() throws -> Rendezvous {
    guard let host = variables["MASTER_ADDR"] ?? variables["SLURM_STEP_NODELIST"].map(LaunchEnvironment.firstHost)
    else {
      throw InvalidSetting("MASTER_ADDR", "Slurm has started several processes; name the first one's machine")
    }
    let size = try number("SLURM_STEP_NUM_TASKS")
    let (nodes, local) = (try number("SLURM_STEP_NUM_NODES", or: 1), try number("SLURM_LOCALID"))
    return try meeting(
      rank: number("SLURM_PROCID"), size: size, localRank: local,
      localSize: max((size + nodes - 1) / max(nodes, 1), local + 1), host: host,
      port: number("MASTER_PORT", or: LaunchEnvironment.defaultPort))
  }

  private func openMPI() throws -> Rendezvous {
    let (size, localSize) = (try number("OMPI_COMM_WORLD_SIZE"), try number("OMPI_COMM_WORLD_LOCAL_SIZE"))
    guard let host = variables["MASTER_ADDR"] ?? (size == localSize ? "127.0.0.1" : nil) else {
      throw InvalidSetting(
        "MASTER_ADDR", "mpirun has started processes on several machines; name the first one's (-x MASTER_ADDR=…)")
    }
    return try meeting(
      rank: number("OMPI_COMM_WORLD_RANK"), size: size, localRank: number("OMPI_COMM_WORLD_LOCAL_RANK"),
      localSize: localSize, host: host, port: number("MASTER_PORT", or: LaunchEnvironment.defaultPort))
  }

  private func meeting(
    rank: Int, size: Int, localRank: Int, localSize: Int, host: String, port: Int
  ) throws -> Rendezvous {
    guard size >= 1, (0..<size).contains(rank) else {
      throw InvalidSetting("RANK", "is \(rank) of \(size) processes; it must be from 0 to \(size - 1)")
    }
    guard (1..<65536).contains(port) else { throw InvalidSetting("MASTER_PORT", "is \(port), which is no port") }
    return Rendezvous(rank: rank, size: size, localRank: localRank, localSize: localSize, host: host, port: port)
  }

  private func text(_ name: String) throws -> String {
    guard let value = variables[name], !value.isEmpty else {
      throw InvalidSetting(
        name, "is not set, although RANK and WORLD_SIZE are; start through splitmask launch or torchrun")
    }
    return value
  }

  private func number(_ name: String, or fallback: Int? = nil) throws -> Int {
    if variables[name] == nil, let fallback { return fallback }
    let value = try text(name)
    guard let number = Int(value) else { throw InvalidSetting(name, "is \(value), which is no number") }
    return number
  }

  /// The first of Slurm's list of hosts: `node01` of `node[01-04,7],gpu2`.
  static func firstHost(_ list: String) -> String {
    guard let bracket = list.firstIndex(of: "["), bracket < list.firstIndex(of: ",") ?? list.endIndex else {
      return String(list.prefix { $0 != "," })
    }
    let digits = list[list.index(after: bracket)...].prefix { $0.isNumber }
    return String(list[..<bracket] + digits)
  }
}
