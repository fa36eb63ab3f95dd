import DurableFiles
import Foundation
import Testing
import Torch

@Suite struct TensorHostTests {
  /// Bytes whose end is noticed.
  private final class Owner {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 64)
    let ended: () -> Void
    init(ended: @escaping () -> Void) { self.ended = ended }
    deinit {
      bytes.deallocate()
      ended()
    }
  }

  private func roundTrip<Element: TensorElement & Equatable>(_ values: [Element]) {
    let tensor = Tensor(values, shape: [values.count, 1])
    #expect(tensor.dtype == Element.dtype && tensor.shape == [values.count, 1])
    #expect(tensor.array(of: Element.self) == values)
    #expect(Tensor(scalar: values[0]).shape == [])
  }

  @Test func everyElementTypeComesBack() {
    roundTrip([UInt8.min, 7, .max])
    roundTrip([Int32.min, 7, .max])
    roundTrip([Int64.min, 7, .max])
    roundTrip([Int.min, 7, .max])
    roundTrip([Float.leastNonzeroMagnitude, -7, .greatestFiniteMagnitude, .infinity])
    roundTrip([Double.leastNonzeroMagnitude, -7, .greatestFiniteMagnitude, -.infinity])
    roundTrip([true, false, true])
  }

  @Test func readingConverts() {
    #expect(vector([1.9, -1.9]).array(of: Int.self) == [1, -1])
    #expect(Tensor([1, 0]).array(of: Bool.self) == [true, false])
    #expect(matrix([[1, 2], [3, 4]]).transposed(0, 1).array(of: Float.self) == [1, 3, 2, 4])
    let tracked = vector([2])
    tracked.requiresGradient = true
    #expect((tracked * 2).item() == 4)
  }

  @Test func bytesAreTheValues() {
    let tensor = Tensor(shape: [2], dtype: .int32) { $0.storeBytes(of: 0x0102, toByteOffset: 4, as: Int32.self) }
    #expect(tensor.withBytes { Array($0)[4...] } == [2, 1, 0, 0])
    #expect(Tensor.empty([0, 3]).withBytes { $0.count } == 0)
  }

  @Test func sharedMemoryIsReleasedWithTheLastTensor() {
    var ended = 0
    var view: Tensor?
    do {
      let owner = Owner { ended += 1 }
      owner.bytes.copyBytes(from: UInt8(0)..<16)
      let tensor = Tensor(sharing: UnsafeRawBufferPointer(owner.bytes), shape: [2, 8], dtype: .uint8, owner: owner)
      view = tensor.selected(0, 1)
    }
    #expect(ended == 0)
    #expect(view!.array(of: Int.self) == Array(8..<16))
    view = nil
    #expect(ended == 1)
  }

  @Test func safetensorsKeepEveryType() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let tensors = DType.allCases.map { dtype in
      (name: "\(dtype)", tensor: Tensor([1, 0, 1, 1, 0, 1], shape: [2, 3]).to(dtype).transposed(0, 1))
    }
    try SafetensorsWriter.write(tensors, metadata: ["a": "b"], to: url)
    let file = try SafetensorsFile(url)
    #expect(file.metadata == ["a": "b"])
    let loaded = try file.tensors()
    #expect(loaded.count == tensors.count)
    for (name, tensor) in tensors {
      #expect(loaded[name]?.dtype == tensor.dtype)
      #expect(loaded[name]!.hasSameValues(as: tensor.contiguous()))
    }
  }
}
