/// Where the processes of a group meet, and which of them this one is.
public struct Rendezvous: Hashable, Sendable {
  /// Which process this is, from 0.
  public var rank: Int
  /// How many there are.
  public var size: Int
  /// Which of this machine's processes this is, from 0.
  public var localRank: Int
  /// How many this machine has.
  public var localSize: Int
  /// The machine with the store that all look each other up in.
  public var host: String
  /// The store's port.
  public var port: Int
  /// Whether process 0 runs the store, as opposed to whoever started the processes.
  public var firstServesStore = true
  /// What sets this attempt apart from earlier ones at the same store.
  public var attempt = 0
  /// Seconds that processes may take to come.
  public var joinSeconds = 300.0
  /// Seconds that one exchange may take, including how much later than the others a process begins it.
  public var exchangeSeconds = 1800.0

  /// A meeting at a store that process 0 runs.
  public init(rank: Int, size: Int, localRank: Int, localSize: Int, host: String, port: Int) {
    self.rank = rank
    self.size = size
    self.localRank = localRank
    self.localSize = localSize
    self.host = host
    self.port = port
  }
}
