public import SplitMaskCore

/// Why processes cannot work together, or not any more.
public enum ProcessGroupError: UserFacingError, Hashable, Sendable {
  /// The machine with the store has a name without an address.
  case unknownHost(String, rank: Int)
  /// The store did not answer.
  case unreachable(address: String, seconds: Int, rank: Int)
  /// Something else listens where the store should.
  case portInUse(port: Int)
  /// The store is there, but not all processes came.
  case absent(ranks: [Int], size: Int, address: String, seconds: Int)
  /// Processes that were there are not any more.
  case lost(ranks: [Int], size: Int, reason: String)
  /// An exchange failed, though all processes are there.
  case failed(reason: String)

  /// Another process is lost.
  public var exitStatus: ExitStatus { .peerLost }

  /// What happened, and what to do.
  public var description: String {
    switch self {
    case .unknownHost(let host, let rank):
      """
      process \(rank) should meet the others at \(host), a name that no address is known for here. Set MASTER_ADDR to a name \
      or an address of process 0's machine
      """
    case .unreachable(let address, let seconds, let rank):
      """
      process \(rank) found nobody at \(address) within \(seconds) s. Process 0 listens there: check that it was started, \
      MASTER_ADDR and MASTER_PORT, and that no firewall is between
      """
    case .portInUse(let port):
      "port \(port) is in use, so the processes cannot meet there; choose another (MASTER_PORT)"
    case .absent(let ranks, let size, let address, let seconds):
      """
      \(Self.names(ranks, of: size)) did not come to \(address) within \(seconds) s. See what they printed, and check that \
      all were started with the same number of processes
      """
    case .lost(let ranks, let size, let reason):
      """
      \(Self.names(ranks, of: size)) \(ranks.count == 1 ? "was" : "were") lost; see what \(ranks.count == 1 ? "it" : "they") \
      printed. What trained goes on from its last checkpoint with --resume. (\(reason))
      """
    case .failed(let reason): "an exchange between processes failed: \(reason)"
    }
  }

  private static func names(_ ranks: [Int], of size: Int) -> String {
    ranks.count == 1
      ? "process \(ranks[0]) of \(size)" : "processes \(ranks.map(String.init).joined(separator: ", ")) of \(size)"
  }
}
