import Testing
import Torch

@Suite struct TensorCreationTests {
  @Test func values() {
    expect(Tensor.full([2, 2], 1.5), [1.5, 1.5, 1.5, 1.5], shape: [2, 2])
    #expect(Tensor.full([1], 300, dtype: .int32).array(of: Int32.self) == [300])
    expect(Tensor.zeros([3]), [0, 0, 0])
    #expect(Tensor.ones([2], dtype: .bool).array(of: Bool.self) == [true, true])
    #expect(Tensor.range(2, 5).array(of: Int.self) == [2, 3, 4] && Tensor.range(0, 1).dtype == .int64)
    expect(Tensor.identity(2, dtype: .float64), [1, 0, 0, 1])
    #expect(Tensor.empty([4, 0, 2], dtype: .uint8).shape == [4, 0, 2])
    let other = Tensor.ones([2, 1], dtype: .float64)
    expect(other.zerosLike(), [0, 0], shape: [2, 1])
    #expect(other.emptyLike().dtype == .float64 && other.emptyLike().shape == [2, 1])
  }

  @Test(arguments: DType.allCases) func everyTypeIsLibtorchs(dtype: DType) {
    let tensor = Tensor.ones([3], dtype: dtype)
    #expect(tensor.dtype == dtype)
    #expect(tensor.withBytes { $0.count } == 3 * dtype.byteCount)
    #expect(tensor.to(.float64).array(of: Double.self) == [1, 1, 1])
    #expect(Tensor([1.0, 0]).to(dtype).array(of: Int.self) == [1, 0])
    if dtype.isFloatingPoint {
      tensor.requiresGradient = true
      #expect(tensor.requiresGradient)
    }
  }

  @Test func rawValuesAreScalarTypes() {
    // The values of c10/core/ScalarType.h.
    let expected: [DType: Int32] = [
      .uint8: 0, .int8: 1, .int16: 2, .int32: 3, .int64: 4, .float16: 5, .float32: 6, .float64: 7, .bool: 11,
      .bfloat16: 15,
    ]
    #expect(DType.allCases.allSatisfy { expected[$0] == $0.rawValue } && expected.count == DType.allCases.count)
  }

  @Test func conversions() {
    let x = vector([1.00390625, 2])
    #expect(x.to(.float32) === x && x.to(.cpu) === x && x.contiguous() === x)
    expect(x.to(.bfloat16), [1, 2])
    let copy = x.cloned()
    copy.copyInPlace(Tensor([7]))
    expect(copy, [7, 7])
    expect(x, [1.00390625, 2])
    x.detached().zeroInPlace()
    expect(x, [0, 0])
  }

  @Test func descriptions() {
    #expect("\(Tensor.zeros([2, 3]))" == "Tensor([2, 3], float32, cpu)")
    #expect("\(Device(.cuda, index: 1)) \(Device.cuda) \(Device.mps)" == "cuda:1 cuda mps")
    #expect(Tensor.zeros([1]).device.kind == .cpu)
  }

  @Test func theEngineTellsItsVersionAndThreads() {
    #expect(Engine.version.split(separator: ".").count >= 2)
    #expect(Engine.threadCount >= 1)
    #expect(Device.best.kind != .cpu || (Device.cudaCount == 0 && !Device.isMPSAvailable))
    Device.cpu.synchronize()
  }
}
