import ImageCoding
import ImageTransforms
import SplitMaskCore
import Testing

/// Quarter turns and mirror images of views of bytes and of floats.
@Suite struct DihedralTests {
  private static let states = (0..<8).map {
    Dihedral(isTransposed: $0 & 1 != 0, isMirrored: $0 & 2 != 0, isUpsideDown: $0 & 4 != 0)
  }

  /// Every value is its number.
  private func numbered(width: Int, height: Int, channelCount: Int) -> SampleImage {
    SampleImage(
      width: width, height: height, channelCount: channelCount,
      values: (0..<width * height * channelCount).map(Float.init))
  }

  /// The pixels, by their numbers, as a turn puts them; by the definition.
  private func turned(_ dihedral: Dihedral, width: Int, height: Int) -> [Int] {
    (0..<height).flatMap { row in
      (0..<width).map { column in
        let x = dihedral.isMirrored ? width - 1 - column : column
        let y = dihedral.isUpsideDown ? height - 1 - row : row
        return dihedral.isTransposed && width == height ? x * width + y : y * width + x
      }
    }
  }

  private func draw(_ dihedral: Dihedral, _ image: SampleImage) -> ViewTransform {
    var draw = Augmentation.Draw(crop: image.whole)
    draw.dihedral = dihedral
    return .training(draw)
  }

  @Test(arguments: [1, 2, 3, 5]) func viewsOfFloatsTurn(channelCount: Int) throws {
    for (width, height) in [(6, 6), (7, 4)] {
      let image = numbered(width: width, height: height, channelCount: channelCount)
      let renderer = ViewRenderer(views: .init(encoder: .init(height: height, width: width)))
      var seen: Set<[Float]> = []
      for state in Self.states {
        let view = try renderer.views(of: image, as: draw(state, image))[0].values
        let expected = turned(state, width: width, height: height).flatMap { pixel in
          (0..<channelCount).map { Float(pixel * channelCount + $0) }
        }
        #expect(view == expected, "\(state)")
        seen.insert(view)
      }
      #expect(seen.count == (width == height ? 8 : 4))
    }
  }

  @Test func viewsOfBytesTurn() throws {
    for (width, height) in [(9, 9), (10, 8)] {
      let image = numbered(width: width, height: height, channelCount: 3)
      let renderer = ViewRenderer(views: .init(encoder: .init(height: height, width: width)))
      for state in Self.states {
        let bytes = try renderer.bytes(of: image.photograph, as: draw(state, image))
        let expected = turned(state, width: width, height: height).flatMap { pixel in
          (0..<3).map { UInt8(pixel * 3 + $0) }
        }
        #expect(bytes == expected, "\(state)")
      }
    }
  }

  @Test func allEightAreDrawnEquallyOften() {
    var config = Augmentation.Config()
    config.dihedral = true
    var counts: [Dihedral: Int] = [:]
    for index in 0..<4000 {
      var generator = SeededGenerator(seed: 2, index: index, purpose: .augmentation)
      counts[Augmentation(config).draw(using: &generator, width: 20, height: 20).dihedral, default: 0] += 1
    }
    // 500 of each expected, with a standard deviation of 21.
    #expect(counts.count == 8)
    #expect(counts.values.allSatisfy { abs($0 - 500) < 90 })
  }
}
