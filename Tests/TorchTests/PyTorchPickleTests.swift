import Testing
import Torch

/// Pickles that torch.save never writes: each is refused with its reason, and none ends the process.
@Suite struct PyTorchPickleTests {
  private func damage(_ pickle: [UInt8], storages: [String: [UInt8]] = [:]) -> String? {
    let fixture = PyTorchArchiveFixture(pickle: pickle, storages: storages)
    let error = #expect(throws: PyTorchFileError.self) { try fixture.read() }
    guard case .damaged(let reason)? = error?.problem else { return nil }
    return reason
  }

  /// 1, 2, 0 and 0 in float32.
  private static let four = [0x3f80_0000, 0x4000_0000, 0, 0].flatMap { little($0, 4) }

  @Test func aHandWrittenCheckpointIsRead() throws {
    let tensor = Pickle.tensor(count: 4, offset: 1, shape: [1, 2], strides: [2, 1])
    let file = try PyTorchArchiveFixture(pickle: Pickle.list([tensor]), storages: ["0": Self.four]).read()
    #expect(file.tensors["0"]?.shape == [1, 2] && file.tensors["0"]?.array(of: Float.self) == [2, 0])
  }

  @Test func shapesBeyondAllNumbersAreRefused() {
    let huge = 1 << 62
    let views: [(shape: [Int], strides: [Int])] = [
      ([huge, huge, 0], [1, 1, 1]), ([0, huge], [1, huge]), ([2, 2], [huge, huge]), ([5], [1]),
      ([0, 3, huge], [0, 0, 1]),
    ]
    for (shape, strides) in views {
      let reason = damage(Pickle.tensor(count: 4, shape: shape, strides: strides), storages: ["0": Self.four])
      #expect(reason == "a tensor of it reaches beyond its storage", "\(shape)")
    }
  }

  @Test func aStorageOfTwoKindsIsRefused() {
    for other in [
      Pickle.tensor("IntStorage", count: 4, shape: [4], strides: [1]),
      Pickle.tensor(count: 2, shape: [2], strides: [1]),
    ] {
      let both = Pickle.list([Pickle.tensor(count: 4, shape: [4], strides: [1]), other])
      let reason = damage(both, storages: ["0": Self.four])
      // Which of the two is read first is open.
      #expect(reason?.hasPrefix("the storage '0'") == true, "\(String(describing: reason))")
    }
  }

  @Test func aStorageOfTooManyElementsIsRefused() {
    let reason = damage(Pickle.tensor(count: .max, shape: [.max], strides: [1]), storages: ["0": Self.four])
    #expect(reason == "its pickle refers to a storage of \(Int.max) elements")
  }

  /// 64 lists of 64 lists of 64 times one tensor of 16 KiB: 4 GiB of a file of some 17 KiB.
  @Test func repeatedTensorsAreNotCopiedWithoutEnd() {
    func repeated(_ number: UInt8) -> [[UInt8]] { [[UInt8]](repeating: Pickle.remembered(number), count: 63) }
    var pickle = Pickle.tensor(count: 4096, shape: [64, 64], strides: [1, 64]) + Pickle.remember(0)
    for level in UInt8(0)..<3 {
      // What is on the stack becomes the first element of the list that holds it.
      pickle = Pickle.list([pickle] + repeated(level)) + Pickle.remember(level + 1)
    }
    let reason = damage(pickle, storages: ["0": [UInt8](repeating: 0, count: 4096 * 4)])
    #expect(reason == "its pickle repeats tensors to more than four times the file")
  }

  /// Lists within each other, each put into the one before.
  @Test func deepListsAreRefused() {
    let depth = 300_000
    let lists = [UInt8](repeating: Pickle.emptyList, count: depth + 1) + [UInt8](repeating: Pickle.append, count: depth)
    #expect(damage(lists) == "its pickle is nested without end")
    #expect(
      damage(Pickle.list([]) + Pickle.remember(0) + Pickle.remembered(0) + [Pickle.append])
        == "its pickle is nested without end")
  }

  @Test func deepTuplesAreRefused() {
    let tuples = Pickle.tuple([]) + [UInt8](repeating: Pickle.tupleOfOne, count: 300_000)
    #expect(damage(tuples) == "its pickle nests tuples without end")
  }

  /// The record that a large archive's end leads to, said to lie at the last of all numbers.
  @Test func aDirectoryBeyondAllNumbersIsRefused() {
    let locator = little(0x0706_4b50, 4) + little(0, 4) + little(.max, 8) + little(1, 4)
    let end = little(0x0605_4b50, 4) + [UInt8](repeating: 0, count: 18)
    let error = #expect(throws: PyTorchFileError.self) {
      try PyTorchArchiveFixture.read(Array("PK\u{3}\u{4}".utf8) + locator + end)
    }
    #expect(error?.problem == .damaged("its list of members is missing"))
  }
}
