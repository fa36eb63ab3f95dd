import DurableFiles
import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ImageTransforms
import SplitMaskCore
import TestSupport
import Testing

@Suite struct PhotometricDistortionTests {
  private struct Whole: FrameSource {
    let distortion: PhotometricDistortion
    let pixelLimit = 4096

    func frame(of image: Int, width: Int, height: Int, using generator: inout SeededGenerator) -> Frame {
      Frame(
        .fitting(width: width, height: height, short: min(width, height), long: max(width, height)),
        distortion: distortion.draw(using: &generator))
    }
  }

  private func distorted(_ image: PixelImage, _ distortion: PhotometricDistortion, epoch: Int = 0) throws -> PixelImage
  {
    let folder = try TemporaryFolder()
    try folder.write(try ImageEncoder.png(image), to: "a.png")
    let loader = try DataLoader(
      dataset: try ImageDataset(paths: [folder.path]), batchSize: 1, frames: Whole(distortion: distortion),
      isTraining: true, workers: 0)
    return try #require(try loader.batches(epoch: epoch).next()?.frames).images()[0]
  }

  private func gradient() -> PixelImage {
    let pixels = (0..<48 * 48).flatMap { place -> [UInt8] in
      let (x, y) = (place % 48, place / 48)
      return [UInt8(x * 5), UInt8(y * 5), UInt8((x * 7 + y * 3) % 256)]
    }
    return PixelImage(width: 48, height: 48, pixels: pixels)
  }

  /// `Tests/Goldens/images/make_distortion.py` made them with OpenCV.
  @Test func changesAreOpenCVs() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = try SafetensorsFile(tests.appendingPathComponent("Goldens/images/distortion.safetensors"))
    func bytes(_ name: String) throws -> [UInt8] {
      let entry = try #require(file[name])
      return withExtendedLifetime(entry) { Array(entry.bytes) }
    }
    let (image, results) = (try bytes("image"), try bytes("results"))
    let draws = try bytes("draws").withUnsafeBytes { memory in
      (0..<memory.count / 4).map { memory.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    for row in 0..<draws.count / 5 {
      let values = draws[5 * row..<5 * row + 5].map { $0.isNaN ? nil : $0 }
      let draw = PhotometricDistortion.Draw(
        brightness: values[0], contrast: values[1], isContrastFirst: values[2] == 1, saturation: values[3],
        hue: values[4].map { Int($0) })
      var changed = image
      changed.withUnsafeMutableBytes { draw.apply(to: $0) }
      let expected = results[row * image.count..<(row + 1) * image.count]
      let errors = zip(changed, expected).map { abs(Int($0) - Int($1)) }
      // Of a level that the first change rounds otherwise, the second can make two.
      let isTwofold = values[3] != nil && values[4] != nil
      #expect(errors.max()! <= (isTwofold ? 2 : 1), "draw \(row): \(errors.max()!)")
      #expect(errors.reduce(0, +) * 50 < errors.count)
    }
  }

  @Test func nothingChangesWithoutChances() throws {
    var distortion = PhotometricDistortion()
    distortion.probability = 0
    #expect(try distorted(gradient(), distortion) == gradient())
  }

  @Test func brightnessAddsTheSameEverywhere() throws {
    var distortion = PhotometricDistortion()
    (distortion.probability, distortion.contrast, distortion.saturation, distortion.hue) = (1, 0, 0, 0)
    let image = PixelImage(width: 8, height: 8, pixels: [UInt8](repeating: 100, count: 192))
    for epoch in 0..<5 {
      let result = try distorted(image, distortion, epoch: epoch)
      #expect(Set(result.pixels).count == 1)
      #expect((68...132).contains(result.pixels[0]))
    }
  }

  @Test func channelsChangeBrightnessAndContrastAlone() {
    let draw = PhotometricDistortion.Draw(
      brightness: -20, contrast: 1.5, isContrastFirst: false, saturation: 0.5, hue: 10)
    var values: [Float] = [0, 20, 100, 200.5, 255]
    values.withUnsafeMutableBufferPointer { draw.apply(to: $0) }
    #expect(values == [-30, 0, 120, 270.75, 352.5])
    let none = PhotometricDistortion.Draw(
      brightness: nil, contrast: nil, isContrastFirst: true, saturation: 0.5, hue: 10)
    values.withUnsafeMutableBufferPointer { none.apply(to: $0) }
    #expect(values == [-30, 0, 120, 270.75, 352.5])
  }

  @Test func greyHasNoHueToTurn() throws {
    var distortion = PhotometricDistortion()
    (distortion.probability, distortion.contrast, distortion.brightness) = (1, 0, 0)
    let pixels = (0..<64).flatMap { [UInt8](repeating: UInt8($0 * 4), count: 3) }
    let image = PixelImage(width: 8, height: 8, pixels: pixels)
    #expect(try distorted(image, distortion) == image)
  }

  @Test func aWholeTurnOfTheColoursStaysNear() throws {
    // By way of 8-bit HSV, with nothing changed, colours move by what its steps of hue and saturation lose.
    var distortion = PhotometricDistortion()
    (distortion.probability, distortion.contrast, distortion.brightness, distortion.saturation, distortion.hue) = (
      1, 0, 0, 0, 0
    )
    let (before, after) = (gradient(), try distorted(gradient(), distortion))
    let errors = zip(before.pixels, after.pixels).map { abs(Int($0) - Int($1)) }
    #expect(errors.max()! <= 5 && errors.reduce(0, +) < errors.count)
  }
}
