import Foundation
public import ImageLoading
public import Torch

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
