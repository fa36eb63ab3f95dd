import Foundation
public import ImageLoading
public import Torch

extension ProcessGroup {
  /// Who train a run on a device: the replicas of a process that is alone on its CPU, else this process as one of several.
  package func members(replicas: Int?, on device: Device) -> [ProcessGroup] {
    usesReplicas(on: device) ? ProcessGroup.threads(replicas ?? 1) : [self]
  }

  /// How many share out every batch of a run on a device.
  package func memberCount(replicas: Int?, on device: Device) -> Int {
    usesReplicas(on: device) ? replicas ?? 1 : size
  }

  private func usesReplicas(on device: Device) -> Bool { isAlone && device.kind == .cpu }

  /// Threads that decode where nobody says how many: as many as the machine has processors, over all of its processes.
  public var defaultWorkers: Int { max(1, DataLoader.defaultWorkers / localSize) }

  /// Threads that decode for this process where a run asks for so many; the threads of one process share them.
  public func workers(_ asked: Int?) -> Int {
    guard let asked else { return defaultWorkers }
    return isOfThreads && asked > 0 ? max(1, asked / size) : asked
  }

  /// A batch that can be shared out: about `batchSize` images, no more than the data set has.
  public func automaticBatch(_ batchSize: Int, imageCount: Int) -> Int {
    max(size, min(imageCount, batchSize) / size * size)
  }

  /// The part of a machine's memory for decoded images that one of its processes may use.
  public func cacheBudget(gigabytes: Double?) -> Int { Int((gigabytes ?? 0) * 1e9) / localSize }
}

extension ProcessGroup {
  /// Everybody's value, in the order of the processes.
  ///
  /// - Throws: ``ProcessGroupError``.
  public func gathered<Value: Codable>(_ value: Value) throws -> [Value] {
    guard !isAlone else { return [value] }
    let encoded = try JSONEncoder().encode([value])
    return try gathered(Array(encoded)).map { try JSONDecoder().decode([Value].self, from: Data($0))[0] }
  }

  /// The first process's value; what the others hand in is not looked at.
  ///
  /// - Throws: ``ProcessGroupError``.
  public func broadcast<Value: Codable>(_ value: Value) throws -> Value {
    guard !isAlone else { return value }
    let encoded = try JSONEncoder().encode([value])
    return try JSONDecoder().decode([Value].self, from: Data(try broadcast(Array(encoded))))[0]
  }

  /// This process's part of every batch.
  public var batchShare: BatchShare { BatchShare(index: rank, count: size, machines: machineCount) }
}
