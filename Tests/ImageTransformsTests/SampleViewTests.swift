import CImageCodecs
import ImageCoding
import ImageTransforms
import SplitMaskCore
import Testing

/// Views of images of float channels.
@Suite struct SampleViewTests {
  let goldens: SampleGoldens

  init() throws {
    goldens = try SampleGoldens()
  }

  private static let filters = ["bilinear": CIC_BILINEAR, "bicubic": CIC_BICUBIC, "lanczos": CIC_LANCZOS]

  private func numbers(_ text: String) -> [Int] { text.split(separator: ",").map { Int($0)! } }

  private func box(_ text: String) -> CropBox {
    let numbers = numbers(text)
    return CropBox(left: numbers[0], top: numbers[1], width: numbers[2], height: numbers[3])
  }

  @Test func resamplingIsPILs() throws {
    let cases = goldens.names("resample")
    #expect(cases.count == 4 * 3 * 6)
    let scratch = RenderScratch()
    for parts in cases {
      let source = try goldens.image("source/" + parts[0])
      let expected = try goldens.image("resample/" + parts.joined(separator: "/"))
      let filter = try #require(Self.filters[parts[1]])
      let size = numbers(parts[3])
      let placement = FramePlacement(source: box(parts[2]), width: size[0], height: size[1], window: box(parts[4]))
      var values = [Float](repeating: -1, count: expected.values.count)
      try values.withUnsafeMutableBufferPointer {
        try placement.view.render(
          source, filter: filter, isFlipped: parts[5] == "1", into: $0.baseAddress!, scratch: scratch)
      }
      let result = SampleImage(
        width: expected.width, height: expected.height, channelCount: expected.channelCount, values: values)
      #expect(greatestDifference(result, expected) < 2e-4, "\(parts)")
    }
  }

  @Test func blurIsGaussian() throws {
    let cases = goldens.names("blur")
    #expect(cases.count == 4 * 4)
    for parts in cases {
      let source = try goldens.image("source/" + parts[0])
      var draw = Augmentation.Draw(crop: source.whole)
      let radius: Double = try #require(Double(parts[1]))
      draw.blurRadius = radius
      let renderer = ViewRenderer(views: .init(encoder: .init(height: source.height, width: source.width)))
      let view = try renderer.views(of: source, as: .training(draw))[0]
      let expected = try goldens.image("blur/" + parts.joined(separator: "/"))
      #expect(greatestDifference(view, expected) < 2e-4, "\(parts)")
    }
  }

  /// The blur's radius is in pixels of the encoder's view, and shrinks with the tokenizer's.
  @Test func theTokenizersBlurIsNarrower() throws {
    let image = smoothSamples(width: 40, height: 40, channelCount: 2)
    var draw = Augmentation.Draw(crop: image.whole)
    draw.blurRadius = 3
    let both = ViewRenderer(
      views: .init(encoder: .init(height: 40, width: 40), tokenizer: .init(height: 20, width: 20)))
    let tokenizerView = try both.views(of: image, as: .training(draw))[1]
    // The same filter and size as a view of its own: the second of two crops has the encoder's bicubic filter instead.
    draw.blurRadius = 1.5
    let own = ViewRenderer(views: .init(crops: [.init(height: 20, width: 20)]))
    let expected = try own.views(of: image, as: .crops([draw]))[0]
    #expect(greatestDifference(tokenizerView, expected) < 0.5)
    draw.blurRadius = 3
    #expect(greatestDifference(tokenizerView, try own.views(of: image, as: .crops([draw]))[0]) > 5)
  }

  /// Crops, flips and evaluation views show what they show of photographs.
  @Test func viewsAreThoseOfPhotographs() throws {
    let image = smoothSamples(width: 61, height: 47, channelCount: 3)
    var generator = SeededGenerator(seed: 4, purpose: .augmentation)
    let draws = (0..<12).map { _ in Augmentation().draw(using: &generator, width: 61, height: 47) }
    #expect(Set(draws.map(\.isFlipped)).count == 2)
    let transforms = draws.map { ViewTransform.training($0) } + [.evaluation(resize: 24, crop: 20)]
    for size in [ViewConfiguration.Size(height: 20, width: 20), .init(height: 70, width: 90)] {
      let renderer = ViewRenderer(views: .init(encoder: size))
      for transform in transforms {
        let bytes = try renderer.bytes(of: image.photograph, as: transform)
        let view = try renderer.views(of: image, as: transform)[0]
        // Bytes are rounded between the passes too, but without a bias.
        #expect(zip(view.values, bytes).allSatisfy { abs($0.rounded() - Float($1)) <= 1 })
        let bias = zip(view.values, bytes).map { $0 - Float($1) }.reduce(0, +) / Float(bytes.count)
        #expect(abs(bias) < 0.05)
      }
    }
  }

  private func changed(_ image: SampleImage, by changes: [ColorChange]) throws -> SampleImage {
    var draw = Augmentation.Draw(crop: image.whole)
    draw.colorChanges = changes
    let renderer = ViewRenderer(views: .init(encoder: .init(height: image.height, width: image.width)))
    return try renderer.views(of: image, as: .training(draw))[0]
  }

  @Test func brightnessAndContrastChangeEachChannel() throws {
    let image = try goldens.image("source/5")
    let result = try changed(image, by: [.contrast(1.5), .saturation(0), .brightness(0.5), .hue(0.4)])
    for channel in 0..<5 {
      let values = image.channel(channel)
      let mean = values.reduce(0, +) / Float(values.count)
      for (value, seen) in zip(values, result.channel(channel)) {
        #expect(abs(seen - 0.5 * (mean + 1.5 * (value - mean))) < 1e-3)
      }
    }
    #expect(result.values.contains { $0 < 0 }, "values are not clipped")
  }

  @Test func whatNeedsColorsIsNotDone() throws {
    let image = try goldens.image("source/2")
    var draw = Augmentation.Draw(crop: image.whole)
    draw.colorChanges = [.saturation(0), .hue(0.3)]
    (draw.isGray, draw.isSolarized, draw.operations) = (true, true, [.invert, .rotate(degrees: 30)])
    let renderer = ViewRenderer(views: .init(encoder: .init(height: image.height, width: image.width)))
    #expect(try renderer.views(of: image, as: .training(draw)) == [image])
  }

  /// Of a standard deviation of 25.5 at 255.
  @Test(arguments: [
    (Augmentation.NoiseDistribution.gaussian, 25.5, 25.5), (.shot, 15.969, 0), (.speckle, 10, 0),
  ])
  func noiseDependsOnTheValue(distribution: Augmentation.NoiseDistribution, of100: Double, of0: Double) throws {
    for (value, expected) in [(Float(100), of100), (0, of0)] {
      let image = SampleImage(
        width: 101, height: 99, channelCount: 5, values: [Float](repeating: value, count: 101 * 99 * 5))
      var draw = Augmentation.Draw(crop: image.whole)
      draw.noise = ViewNoise(distribution, standardDeviation: 0.1, seed: 5)
      let renderer = ViewRenderer(views: .init(encoder: .init(height: 99, width: 101)))
      let noise = try renderer.views(of: image, as: .training(draw))[0].values.map { Double($0 - value) }
      let deviation = (noise.map { $0 * $0 }.reduce(0, +) / Double(noise.count)).squareRoot()
      #expect(abs(deviation - expected) <= 0.015 * expected, "\(distribution), \(value): \(deviation)")
    }
  }

  @Test func noiseHasItsDeviationAndItsSeed() throws {
    let image = SampleImage(
      width: 101, height: 99, channelCount: 5, values: [Float](repeating: 100, count: 101 * 99 * 5))
    var draw = Augmentation.Draw(crop: image.whole)
    draw.noise = ViewNoise(standardDeviation: 0.1, seed: 5)
    let renderer = ViewRenderer(views: .init(encoder: .init(height: 99, width: 101)))
    let noise = try renderer.views(of: image, as: .training(draw))[0].values.map { Double($0) - 100 }
    let count = Double(noise.count)
    // 50,000 values: the mean has a standard deviation of 0.11, the standard deviation one of 0.08.
    #expect(abs(noise.reduce(0, +) / count) < 0.5)
    let deviation = (noise.map { $0 * $0 }.reduce(0, +) / count).squareRoot()
    #expect(abs(deviation - 25.5) < 0.35)
    // A normal distribution has 68.27% within one standard deviation and 4.55% beyond two.
    #expect(abs(Double(noise.count { abs($0) < 25.5 }) / count - 0.6827) < 0.01)
    #expect(abs(Double(noise.count { abs($0) > 51 }) / count - 0.0455) < 0.005)
    // Neighbours, which come of one draw, are independent.
    let products = stride(from: 0, to: noise.count - 1, by: 2).map { noise[$0] * noise[$0 + 1] }
    #expect(abs(products.reduce(0, +) / Double(products.count)) < 20)

    let again = try renderer.views(of: image, as: .training(draw))[0].values.map { Double($0) - 100 }
    #expect(again == noise)
    draw.noise?.seed = 6
    #expect(try renderer.views(of: image, as: .training(draw))[0].values.map { Double($0) - 100 } != noise)
  }

  @Test func droppedChannelsBecomeTheirMeans() throws {
    let image = try goldens.image("source/5")
    var draw = Augmentation.Draw(crop: image.whole)
    draw.droppedChannels = [0, 3]
    let renderer = ViewRenderer(
      views: .init(encoder: .init(height: image.height, width: image.width)), channelMeans: [1, 2, 3, 4, 5])
    let view = try renderer.views(of: image, as: .training(draw))[0]
    for channel in 0..<5 {
      let expected =
        [0, 3].contains(channel)
        ? [Float](repeating: Float(channel + 1), count: image.width * image.height) : image.channel(channel)
      #expect(view.channel(channel) == expected)
    }
  }
}
