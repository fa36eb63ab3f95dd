internal import CTorch
import Foundation
public import Synchronization

/// The processes that train together, on one machine or many: libtorch's c10d, by Gloo or NCCL. Or threads of one process that
/// do (``threads(_:)``), each of which the word process then stands for.
///
/// All processes must call the same exchanges in the same order. An exchange that fails leaves its tensors as they are
/// and is remembered; ``check()`` throws it. So a computation need not end in its middle when a process is lost.
///
/// `@unchecked` because the thread that trains is the only one that exchanges.
public final class ProcessGroup: @unchecked Sendable {
  /// A single process, for which every exchange is nothing to do.
  public static let alone = ProcessGroup()

  /// Which process this is, from 0.
  public let rank: Int
  /// How many there are.
  public let size: Int
  /// Which of this machine's processes this is, from 0.
  public let localRank: Int
  /// How many this machine has.
  public let localSize: Int
  /// How many machines there are.
  public let machineCount: Int
  /// Whether the members are threads of one process.
  public let isOfThreads: Bool

  /// Called where a process is lost while the thread that trains waits for something else than an exchange, with the
  /// error that it would have thrown; nothing by default. On a thread of its own.
  public static let onUnnoticedLoss = Mutex<(@Sendable (ProcessGroupError) -> Void)?>(nil)

  private let handle: CTProcessGroup?
  private let store: ProcessStore?
  private let heartbeat: Heartbeat?
  private var failure: ProcessGroupError?

  private init() {
    (rank, size, localRank, localSize, machineCount, isOfThreads) = (0, 1, 0, 1, 1, false)
    (handle, store, heartbeat) = (nil, nil, nil)
  }

  /// One thread of several.
  private init(owning handle: CTProcessGroup?, thread: Int, of count: Int) {
    (rank, size, localRank, localSize, machineCount, isOfThreads) = (thread, count, thread, count, 1, true)
    (self.handle, store, heartbeat) = (handle, nil, nil)
  }

  /// A group of threads of this process, which exchange through its memory; on the CPU only.
  ///
  /// - Returns: one member for each thread. A thread that ends early calls ``abandon()``, or the others wait for it.
  public static func threads(_ count: Int) -> [ProcessGroup] {
    guard count > 1 else { return [.alone] }
    var handles = [CTProcessGroup?](repeating: nil, count: count)
    guard ct_processes_of_threads(Int32(count), &handles) == CT_OK else { fatalError(lastMessage) }
    return handles.enumerated().map { ProcessGroup(owning: $1, thread: $0, of: count) }
  }

  /// Meets the other processes; waits until all are there.
  ///
  /// - Parameters:
  ///   - meeting: where and with whom.
  ///   - usesNCCL: for tensors on GPUs; Gloo takes all others.
  /// - Throws: ``ProcessGroupError``.
  public init(_ meeting: Rendezvous, usesNCCL: Bool = false) throws {
    (rank, size, localRank, localSize) = (meeting.rank, meeting.size, meeting.localRank, meeting.localSize)
    isOfThreads = false
    let size = size
    (machineCount, handle, store, heartbeat) = try ProcessGroup.withForeign(meeting, usesNCCL: usesNCCL) { foreign in
      var opened: CTStore?
      guard ct_store_open(foreign, &opened) == CT_OK, let opened else { throw ProcessGroup.notMet(meeting) }
      let store = ProcessStore(owning: opened)
      let machineCount = try ProcessGroup.callRoll(store, meeting)
      var handle: CTProcessGroup?
      guard ct_processes_connect(store.handle, foreign, &handle) == CT_OK else {
        throw ProcessGroupError.failed(reason: ProcessGroup.lastMessage)
      }
      let heartbeat = Heartbeat(rank: meeting.rank, size: meeting.size, store: try store.copy()) { lost in
        let error = ProcessGroupError.lost(ranks: lost, size: size, reason: "it showed no sign of life")
        ProcessGroup.onUnnoticedLoss.withLock { $0 }?(error)
      }
      return (machineCount, handle, store, heartbeat)
    }
  }

  deinit {
    heartbeat?.stop()
    if let handle { ct_processes_release(handle) }
  }

  /// Ends the work together. A process that goes without is lost to the others. Process 0, where they look each other up,
  /// waits some seconds for them.
  public func leave() {
    if let heartbeat, let store { heartbeat.end(store) }
  }

  /// Leaves without the others, whose exchanges fail from now on.
  public func abandon() {
    if let handle { ct_processes_leave(handle) }
  }

  /// Whether this is the first process, the one that writes files and prints.
  public var isFirst: Bool { rank == 0 }

  /// Whether there is no other process.
  public var isAlone: Bool { size == 1 }

  /// Whether this build can let GPUs exchange by NCCL.
  public static var hasNCCL: Bool { ct_has_nccl() }

  /// - Throws: ``ProcessGroupError`` when an exchange has failed.
  public func check() throws {
    if let failure { throw failure }
  }

  /// Runs an exchange; a failure closes all connections, so that the others do not wait for this process either.
  ///
  /// - Returns: whether it succeeded.
  @discardableResult
  func exchange(_ body: (CTProcessGroup) -> CTStatus) -> Bool {
    guard let handle, failure == nil else { return false }
    guard body(handle) != CT_OK else { return true }
    let reason = ProcessGroup.lastMessage
    ct_processes_leave(handle)
    failure =
      heartbeat.flatMap { $0.verdict(store!) }.map { .lost(ranks: $0, size: size, reason: reason) }
      ?? .failed(reason: reason)
    return false
  }

  /// Waits until everybody is there.
  ///
  /// - Returns: on how many machines they are.
  private static func callRoll(_ store: ProcessStore, _ meeting: Rendezvous) throws -> Int {
    let end = ContinuousClock.now + .seconds(meeting.joinSeconds)
    var absent = Array(0..<meeting.size)
    do {
      if meeting.localRank == 0 { try store.add(1, to: "machines") }
      try store.add(1, to: "here/\(meeting.rank)")
      repeat {
        absent = try absent.filter { try store.number(of: "here/\($0)") == 0 }
        if absent.isEmpty { return try store.number(of: "machines") }
        Thread.sleep(forTimeInterval: 0.05)
      } while ContinuousClock.now < end
    } catch {
      throw ProcessGroupError.lost(ranks: [0], size: meeting.size, reason: lastMessage)
    }
    throw ProcessGroupError.absent(
      ranks: absent, size: meeting.size, address: "\(meeting.host):\(meeting.port)", seconds: Int(meeting.joinSeconds))
  }

  private static func notMet(_ meeting: Rendezvous) -> ProcessGroupError {
    let message = lastMessage
    if message.contains("EADDRINUSE") || message.contains("address already in use") {
      return .portInUse(port: meeting.port)
    }
    return .unreachable(
      address: "\(meeting.host):\(meeting.port)", seconds: Int(meeting.joinSeconds), rank: meeting.rank)
  }

  /// What happened, in libtorch's and Gloo's words: without places in their sources, before and after it, and without advice.
  private static var lastMessage: String {
    let message = String(cString: ct_last_error())
    var line = message.prefix { $0 != "\n" }
    if line.hasPrefix("["), let place = line.range(of: "] ") { line = line[place.upperBound...] }
    if let advice = line.range(of: ". This is typically") { line = line[..<advice.lowerBound] }
    return line.isEmpty ? "unknown" : String(line)
  }

  /// The address by which the others reach this process.
  private static func ownAddress(_ meeting: Rendezvous) throws -> String {
    do {
      if let address = try LocalAddress.facing(meeting.host, port: meeting.port) { return address }
    } catch {
      throw ProcessGroupError.unknownHost(meeting.host, rank: meeting.rank)
    }
    throw ProcessGroupError.unreachable(
      address: "\(meeting.host):\(meeting.port)", seconds: 0, rank: meeting.rank)
  }

  private static func withForeign<Result>(
    _ meeting: Rendezvous, usesNCCL: Bool, _ body: (UnsafePointer<CTRendezvous>) throws -> Result
  ) throws -> Result {
    let address = try ownAddress(meeting)
    return try meeting.host.withCString { host in
      try "attempt-\(meeting.attempt)".withCString { prefix in
        try address.withCString { address in
          var foreign = CTRendezvous(
            host: host, port: Int32(meeting.port), servesStore: meeting.firstServesStore && meeting.rank == 0,
            prefix: prefix, address: address, rank: Int32(meeting.rank), size: Int32(meeting.size),
            // libtorch tries twice for so long.
            joinMilliseconds: Int64(meeting.joinSeconds * 500),
            timeoutMilliseconds: Int64(meeting.exchangeSeconds * 1000), usesNCCL: usesNCCL)
          return try body(&foreign)
        }
      }
    }
  }
}
