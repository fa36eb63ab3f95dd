import DurableFiles
import Foundation
import Testing
import Torch

@Suite struct TensorSafetensorsTests {
  @Test(arguments: DType.allCases)
  func everyTypeComesBackAsItWas(dtype: DType) throws {
    let tensor = Tensor([0, 1, 2, 3, 0, 1] as [Float], shape: [2, 3]).to(dtype)
    try withFile { url in
      try SafetensorsWriter.write([("a", tensor)], metadata: ["k": "v"], to: url)
      let file = try SafetensorsFile(url)
      let back = try file.tensor("a")
      #expect(back.dtype == dtype && back.shape == [2, 3] && file.metadata == ["k": "v"])
      #expect(back.array(of: Float.self) == tensor.array(of: Float.self))
    }
  }

  @Test func viewsAreWrittenInRowMajorOrder() throws {
    let tensor = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]).transposed(0, 1)
    try withFile { url in
      try SafetensorsWriter.write([("view", tensor), ("scalar", Tensor(scalar: Int32(7)))], to: url)
      let file = try SafetensorsFile(url)
      #expect(try file.entry("view").shape == [3, 2])
      #expect(try file.tensor("view").array(of: Float.self) == [1, 4, 2, 5, 3, 6])
      #expect(try SafetensorsFile(url).tensors()["scalar"]!.item() == 7)
    }
  }

  /// Written by the reference implementation.
  @Test func readsAFileOfTheReferenceImplementation() throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Goldens/layers/position_table.safetensors")
    let tensors = try SafetensorsFile(url).tensors()
    #expect(tensors["oblong.grids"]!.array(of: Int.self) == [4, 3, 8, 5])
    #expect(tensors["oblong.input"]!.shape == [1, 13, 3])
  }

  @Test func namesTheTensorOfATypeThatIsNotSupported() throws {
    try withFile { url in
      try withUnsafeBytes(of: UInt32(1)) { bytes in
        try SafetensorsWriter.write(
          [.init(name: "odd", dtype: "F8_E4M3", shape: [4], bytes: bytes)], to: url)
      }
      let error = #expect(throws: UnsupportedElementType.self) { try SafetensorsFile(url).tensors() }
      #expect(error?.tensor == "odd" && error?.description.contains("F8_E4M3") == true)
    }
  }

  private func withFile(_ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url)
  }
}
