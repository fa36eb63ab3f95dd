import DurableFiles
import Foundation
import ImageCoding
import ImageTransforms
import SplitMaskCore
import TestSupport
import Testing

@Suite struct RandAugmentTests {
  /// timm's results (`Tests/Goldens/randaugment`).
  private func golden() throws -> SafetensorsFile {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try SafetensorsFile(tests.appendingPathComponent("Goldens/randaugment/randaugment.safetensors"))
  }

  private func image(_ name: String, of file: SafetensorsFile) throws -> PixelImage {
    let entry = try #require(file[name])
    let pixels = withExtendedLifetime(file) { Array(entry.bytes) }
    return PixelImage(width: entry.shape[1], height: entry.shape[0], pixels: pixels)
  }

  /// The whole image at its own size with one operation.
  private func applied(_ operations: [RandAugment.Operation], to source: PixelImage) throws -> PixelImage {
    var draw = Augmentation.Draw(crop: .init(left: 0, top: 0, width: source.width, height: source.height))
    draw.operations = operations
    let renderer = ViewRenderer(views: .init(encoder: .init(height: source.height, width: source.width)))
    return try renderer.images { try renderer.render(source, as: .training(draw), into: $0) }[0]
  }

  @Test func operationsAreTimms() throws {
    let file = try golden()
    var seen: Set<String> = []
    for name in file.names where !name.hasPrefix("source") {
      let parts = name.split(separator: "/").map(String.init)
      let operation = RandAugment.Operation(
        try #require(RandAugment.Kind(rawValue: parts[1])), magnitude: try #require(Double(parts[2])),
        isNegated: parts[3] == "-", increasing: parts[0] != "decreasing")
      let source = try image("source/" + parts[0], of: file)
      let result = try applied([operation], to: source)
      let difference = try #require(greatestDifference(result, try image(name, of: file)))
      // Rotation's coefficients come from another sine and cosine; everything else is exact.
      #expect(difference <= (parts[1] == "rotate" ? 1 : 0), "\(name)")
      if parts[0] == "increasing" { #expect(result != source, "\(name)") }
      seen.insert(parts[1])
    }
    #expect(seen.count == RandAugment.Kind.allCases.count)
  }

  @Test func nothingMovesWithoutMagnitude() throws {
    let source = try image("source/increasing", of: golden())
    let kinds: [RandAugment.Kind] = [
      .rotate, .saturation, .contrast, .brightness, .sharpness, .shearX, .shearY, .translateX, .translateY, .solarize,
      .solarizeAdd,
    ]
    let operations = kinds.map { RandAugment.Operation($0, magnitude: 0, isNegated: true) }
    #expect(try applied(operations, to: source) == source)
  }

  private func draws(_ config: RandAugment.Config, count: Int) -> [[RandAugment.Operation]] {
    var augmentation = Augmentation.Config()
    augmentation.randAugment = config
    augmentation.colorJitter = ColorJitter(brightness: 0.4)
    return (0..<count).map { index in
      var generator = SeededGenerator(seed: 3, epoch: 1, index: index, purpose: .augmentation)
      let draw = Augmentation(augmentation).draw(using: &generator, width: 40, height: 40)
      #expect(draw.colorChanges.isEmpty, "colour jitter is off beside RandAugment")
      return draw.operations
    }
  }

  @Test func drawsFollowTheLaw() {
    let draws = draws(.init(), count: 6000)
    // Two draws, each made with probability 1/2: none in a quarter, both in a quarter.
    #expect(abs(Double(draws.count { $0.isEmpty }) / 6000 - 0.25) < 0.02)
    #expect(abs(Double(draws.count { $0.count == 2 }) / 6000 - 0.25) < 0.02)
    let operations = draws.joined()
    let total = Double(operations.count)
    let angles = operations.compactMap { if case .rotate(let degrees) = $0 { degrees } else { nil } }
    #expect(abs(Double(angles.count) / total - 1.0 / 15) < 0.012)
    #expect(abs(Double(angles.count { $0 > 0 }) / Double(angles.count) - 0.5) < 0.08)
    // |N(9, 0.5)| cut at 10, times 3 degrees: mean 26.99 - 0.0127, standard deviation 1.46.
    let sizes = angles.map(abs)
    let mean = sizes.reduce(0, +) / Double(sizes.count)
    #expect(abs(mean - 26.98) < 0.25)
    #expect(sizes.allSatisfy { $0 <= 30 })
    let deviation = (sizes.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(sizes.count)).squareRoot()
    #expect(abs(deviation - 1.46) < 0.2)
    #expect(operations.count { $0 == .invert } > 300)
    #expect(operations.contains(.posterize(bits: 1)))
  }

  @Test func settingsAreChecked() throws {
    let changes: [(String, (inout RandAugment.Config) -> Void)] = [
      ("magnitude", { $0.magnitude = 11 }), ("standardDeviation", { $0.standardDeviation = -1 }),
      ("operationCount", { $0.operationCount = -1 }), ("probability", { $0.probability = 2 }),
      ("fill", { $0.fill = [1, 2] }), ("fill", { $0.fill = [1, 2, 300] }),
    ]
    for (key, change) in changes {
      var config = Augmentation.Config()
      var operations = RandAugment.Config(magnitude: 7)
      change(&operations)
      config.randAugment = operations
      let error = #expect(throws: InvalidSetting.self) { try config.validate() }
      #expect(error?.key == "augmentation.randAugment." + key)
    }
  }
}
