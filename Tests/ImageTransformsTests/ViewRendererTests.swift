import Foundation
import ImageCoding
import ImageTransforms
import SplitMaskCore
import TestSupport
import Testing

@Suite struct ViewRendererTests {
  let goldens: ImageGoldens
  let source: PixelImage

  init() throws {
    goldens = try ImageGoldens()
    source = try goldens.image("source")
  }

  private static let twoViews = ViewConfiguration(
    encoder: .init(height: 20, width: 24), tokenizer: .init(height: 10, width: 12))

  private func box(_ text: String) -> CropBox {
    let numbers = text.split(separator: ",").map { Int($0)! }
    return CropBox(left: numbers[0], top: numbers[1], width: numbers[2], height: numbers[3])
  }

  @Test func bothViewsEqualPIL() throws {
    let renderer = ViewRenderer(views: Self.twoViews)
    let encoded = EncodedImage(try ImageEncoder.png(source))
    let cases = goldens.names("view").filter { $0[2] == "encoder" }
    #expect(cases.count == 14)
    for parts in cases {
      var draw = Augmentation.Draw(crop: box(parts[0]))
      draw.isFlipped = parts[1] == "1"
      let name = "view/\(parts[0])/\(parts[1])/"
      let expected = [try goldens.image(name + "encoder"), try goldens.image(name + "tokenizer")]
      #expect(try renderer.images { try renderer.render(source, as: .training(draw), into: $0) } == expected)
      #expect(try renderer.images { try renderer.render(encoded, as: .training(draw), into: $0) } == expected)
    }
  }

  @Test func evaluationEqualsTorchvision() throws {
    let cases = goldens.names("evaluation").filter { $0[1] != "source" }
    #expect(cases.count == 15)
    for parts in cases {
      let image = try goldens.image("evaluation/\(parts[0])/source")
      let expected = try goldens.image("evaluation/\(parts[0])/\(parts[1])")
      let numbers = parts[1].split(separator: ",").map { Int($0)! }
      let renderer = ViewRenderer(views: ViewConfiguration(encoder: .init(height: numbers[1], width: numbers[1])))
      let transform = ViewTransform.evaluation(resize: numbers[0], crop: numbers[1])
      let views = try renderer.images { try renderer.render(image, as: transform, into: $0) }
      #expect(views == [expected], "\(parts)")
      let encoded = EncodedImage(try ImageEncoder.png(image))
      #expect(try renderer.images { try renderer.render(encoded, as: transform, into: $0) } == [expected])
    }
  }

  /// A JPEG larger than any view, so that regions and reductions matter.
  private func photograph() throws -> (Data, PixelImage) {
    let width = 421
    let height = 367
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let wave = sin(Double(x) / 9) * cos(Double(y) / 13)
        pixels += [UInt8(128 + 100 * wave), UInt8(x * 255 / width), UInt8((x / 40 + y / 30) % 2 * 160 + 40)]
      }
    }
    let data = try ImageEncoder.jpeg(PixelImage(width: width, height: height, pixels: pixels), quality: 85)
    return (data, try EncodedImage(data).decode())
  }

  @Test func aRegionOfAJPEGGivesTheViewsOfTheWhole() throws {
    let (data, whole) = try photograph()
    let renderer = ViewRenderer(
      views: Self.twoViews, pixelLimit: EncodedImage.defaultPixelLimit, reducesWhileDecoding: false)
    var generator = SeededGenerator(seed: 1, purpose: .augmentation)
    let augmentation = Augmentation(.smallData)
    for _ in 0..<40 {
      let draw = augmentation.draw(using: &generator, width: whole.width, height: whole.height)
      let expected = try renderer.images { try renderer.render(whole, as: .training(draw), into: $0) }
      let views = try renderer.images { try renderer.render(EncodedImage(data), as: .training(draw), into: $0) }
      #expect(views == expected)
    }
    for resize in [20, 25, 200] {
      let transform = ViewTransform.evaluation(resize: resize, crop: 20)
      let expected = try renderer.images { try renderer.render(whole, as: transform, into: $0) }
      #expect(try renderer.images { try renderer.render(EncodedImage(data), as: transform, into: $0) } == expected)
    }
  }

  @Test func reducedDecodingChangesLittle() throws {
    let (data, whole) = try photograph()
    let renderer = ViewRenderer(views: Self.twoViews)
    let boxes = [
      CropBox(left: 0, top: 0, width: 421, height: 367), CropBox(left: 101, top: 57, width: 203, height: 171),
      CropBox(left: 13, top: 200, width: 61, height: 45),
    ]
    for box in boxes {
      let transform = ViewTransform.training(Augmentation.Draw(crop: box))
      let expected = try renderer.images { try renderer.render(whole, as: transform, into: $0) }
      let views = try renderer.images { try renderer.render(EncodedImage(data), as: transform, into: $0) }
      #expect(views != expected, "the image was not reduced while it was decoded")
      for (view, exact) in zip(views, expected) {
        let difference = zip(view.pixels, exact.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(Double(difference) / Double(view.pixels.count) < 3)
      }
    }
    // Evaluation never does.
    let transform = ViewTransform.evaluation(resize: 24, crop: 20)
    let expected = try renderer.images { try renderer.render(whole, as: transform, into: $0) }
    #expect(try renderer.images { try renderer.render(EncodedImage(data), as: transform, into: $0) } == expected)
  }

  @Test func colorsEqualTorchvision() throws {
    // A crop of the size of the view changes no pixel, so only the colours change.
    let size = ViewConfiguration.Size(height: source.height, width: source.width)
    let renderer = ViewRenderer(views: ViewConfiguration(encoder: size))
    for parts in goldens.names("color") {
      var draw = Augmentation.Draw(crop: CropBox(left: 0, top: 0, width: source.width, height: source.height))
      let value = Double(parts[1]) ?? 0
      switch parts[0] {
      case "brightness": draw.colorChanges = [.brightness(value)]
      case "contrast": draw.colorChanges = [.contrast(value)]
      case "saturation": draw.colorChanges = [.saturation(value)]
      case "hue": draw.colorChanges = [.hue(value)]
      case "grey": draw.isGray = true
      case "solarize": draw.isSolarized = true
      default: draw.blurRadius = value
      }
      let expected = try goldens.image("color/\(parts[0])/\(parts[1])")
      let views = try renderer.images { try renderer.render(source, as: .training(draw), into: $0) }
      #expect(views == [expected], "\(parts)")
    }
  }

  @Test func aViewThatIsNotSquareShowsTheCenter() throws {
    let renderer = ViewRenderer(views: ViewConfiguration(encoder: .init(height: 16, width: 32)))
    // Left half black, right half white: the centre of the view is the centre of the image.
    let row = [UInt8](repeating: 0, count: 150) + [UInt8](repeating: 255, count: 150)
    let pixels = Array((0..<60).map { _ in row }.joined())
    let image = PixelImage(width: 100, height: 60, pixels: pixels)
    let view = try renderer.images {
      try renderer.render(image, as: .evaluation(resize: 18, crop: 16), into: $0)
    }[0]
    #expect(view.pixels[..<(14 * 3)].allSatisfy { $0 < 10 })
    #expect(view.pixels[(18 * 3)..<(32 * 3)].allSatisfy { $0 > 245 })
  }
}
