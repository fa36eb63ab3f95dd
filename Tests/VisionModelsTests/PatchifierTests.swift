import Testing
import Torch
import VisionModels

@Suite struct PatchifierTests {
  @Test func patchesAreChannelRowColumn() {
    var random = SplitMix64(state: 1)
    let images = random.bytes([2, 6, 9, 3])
    let patchifier = Patchifier(
      grid: PatchGrid(rows: 2, columns: 3), patchSize: 3, normalization: .imageNet, device: .cpu)
    let pixels = images.array(of: UInt8.self)
    var expected: [UInt8] = []
    for image in 0..<2 {
      for (row, column) in (0..<2).flatMap({ row in (0..<3).map { (row, $0) } }) {
        for channel in 0..<3 {
          for y in 0..<3 {
            for x in 0..<3 {
              expected.append(pixels[((image * 6 + row * 3 + y) * 9 + column * 3 + x) * 3 + channel])
            }
          }
        }
      }
    }
    let patches = patchifier.patches(images)
    #expect(patches.shape == [12, 27] && patches.dtype == .uint8)
    #expect(patches.array(of: UInt8.self) == expected)
  }

  @Test func normalisationIsPerChannelAndInvertible() {
    let patchifier = Patchifier(
      grid: PatchGrid(rows: 1, columns: 1), patchSize: 1, normalization: .imageNet, device: .cpu)
    let bytes = Tensor((0..<768).map { UInt8($0 / 3) }, shape: [256, 3])
    let normalized = patchifier.normalized(bytes)
    let values = normalized.array(of: Double.self)
    let (mean, deviation) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    for (place, value) in values.enumerated() {
      let channel = place % 3
      #expect(abs(value - (Double(place / 3) / 255 - mean[channel]) / deviation[channel]) < 1e-5)
    }
    #expect(patchifier.colors(patchifier.denormalized(normalized)).hasSameValues(as: bytes))
    #expect(
      patchifier.colors(patchifier.denormalized(Tensor.full([1, 3], 99))).array(of: UInt8.self) == [255, 255, 255])
    #expect(patchifier.colors(patchifier.denormalized(Tensor.full([1, 3], -99))).array(of: UInt8.self) == [0, 0, 0])
  }
}
