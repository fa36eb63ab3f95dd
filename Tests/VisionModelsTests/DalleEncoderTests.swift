import Testing
import Torch
import VisionModels

@Suite struct DalleEncoderTests {
  private func state() throws -> [String: Tensor] {
    let prefix = "parameter."
    return Dictionary(
      uniqueKeysWithValues: try golden("dalle/dalle").filter { $0.key.hasPrefix(prefix) }.map {
        (String($0.key.dropFirst(prefix.count)), $0.value)
      })
  }

  @Test func logitsAreTheReferences() throws {
    let golden = try golden("dalle/dalle")
    let encoder = try DalleEncoder(try state(), from: "golden")
    #expect(encoder.shape.width == 8 && encoder.shape.blocksPerGroup == 2 && encoder.shape.vocabulary == 32)
    let patchifier = Patchifier(
      grid: PatchGrid(rows: 1, columns: 1), patchSize: 1, normalization: .logitLaplace, device: .cpu)
    let pixels = patchifier.normalized(golden["image"]!.reshaped([-1, 3])).reshaped([2, 16, 24, 3])
    let logits = encoder(pixels.permuted([0, 3, 1, 2]))
    let scale = golden["logits"]!.absolute().maximum([]).item()
    #expect(difference(logits, golden["logits"]) / scale < 1e-5)
  }

  @Test func thePublishedShapeHasItsParameters() {
    let shapes = DalleEncoder.Shape().tensorShapes
    #expect(shapes.values.reduce(0) { $0 + $1.reduce(1, *) } == 53_786_240)
    #expect(shapes["blocks.group_4.block_1.id_path.w"] == [2048, 1024, 1, 1])
    #expect(shapes["blocks.group_1.block_1.id_path.w"] == nil)
  }

  @Test(arguments: ["blocks.input.w", "blocks.group_2.block_2.res_path.conv_3.b"])
  func aPartialMatchNamesATensor(key: String) throws {
    var state = try state()
    state[key] = nil
    let error = #expect(throws: EncoderFileError.self) { try DalleEncoder(state, from: "weights.safetensors") }
    #expect(error?.description.contains(key) == true && error?.description.contains("weights.safetensors") == true)
  }
}
