import ImageData
import Torch
import VisionModels

/// A picture of what each half saw and what it made of the rest, painted from the visual words.
struct ReconstructionSheet {
  private let grid: PatchGrid
  private let patchSize: Int
  private let gap = 2
  /// Bytes of every patch of every image, channel, row, column.
  private let patches: [UInt8]
  /// Bytes of the predicted words' patches, sequence by sequence.
  private let inpainted: [UInt8]
  private let wordSize: Int
  private let split: BatchSplit
  /// For each sequence, how many words were predicted in the sequences before it.
  private let firstWords: [Int]

  init(computation: SplitMaskStep, input: SplitMaskStep.Input, predicted: Tensor) {
    grid = computation.patchifier.grid
    patchSize = computation.model.encoder.config.patchSize
    wordSize = computation.tokenizer.specification.patchSize
    split = input.split
    firstWords = split.missingCounts.reduce(into: [0]) { sums, count in sums.append(sums.last! + count) }
    patches = input.patches.array()
    inpainted = computation.tokenizer.wordPatches(predicted).array()
  }

  /// One row for each of the first images: the image, A's half, A's picture, B's half, B's picture.
  func draw(rows: Int) -> PixelImage {
    let (height, width) = (grid.rows * patchSize, grid.columns * patchSize)
    var canvas = Canvas(width: 5 * (width + gap) - gap, height: rows * (height + gap) - gap)
    for image in 0..<rows {
      let top = image * (height + gap)
      for place in 0..<grid.count { paintPatch(place, of: image, column: 0, top: top, on: &canvas) }
      for branch in 0..<2 {
        let sequence = branch * split.imageCount + image
        let column = 1 + 2 * branch
        for place in split.seenPlaces[sequence] {
          paintPatch(place, of: image, column: column, top: top, on: &canvas)
          paintPatch(place, of: image, column: column + 1, top: top, on: &canvas)
        }
        for (order, place) in split.missingPlaces(of: sequence).enumerated() {
          paintWord(order, of: sequence, place: place, column: column + 1, top: top, on: &canvas)
        }
      }
    }
    return PixelImage(width: canvas.width, height: canvas.height, pixels: canvas.pixels)
  }

  private func paintPatch(_ place: Int, of image: Int, column: Int, top: Int, on canvas: inout Canvas) {
    let start = (image * grid.count + place) * 3 * patchSize * patchSize
    paint(patches[start...], side: patchSize, place: place, column: column, top: top, on: &canvas)
  }

  private func paintWord(
    _ order: Int, of sequence: Int, place: Int, column: Int, top: Int, on canvas: inout Canvas
  ) {
    let start = (firstWords[sequence] + order) * 3 * wordSize * wordSize
    paint(inpainted[start...], side: wordSize, place: place, column: column, top: top, on: &canvas)
  }

  /// Paints one patch of `side` pixels, stretched to the encoder's patch.
  private func paint(
    _ bytes: ArraySlice<UInt8>, side: Int, place: Int, column: Int, top: Int, on canvas: inout Canvas
  ) {
    let left = column * (grid.columns * patchSize + gap) + place % grid.columns * patchSize
    let upper = top + place / grid.columns * patchSize
    for y in 0..<patchSize {
      for x in 0..<patchSize {
        let source = bytes.startIndex + y * side / patchSize * side + x * side / patchSize
        canvas.set(
          x: left + x, y: upper + y, red: bytes[source], green: bytes[source + side * side],
          blue: bytes[source + 2 * side * side])
      }
    }
  }
}

/// Pixels to paint on, white at first.
private struct Canvas {
  let width: Int
  let height: Int
  private(set) var pixels: [UInt8]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: 255, count: 3 * width * height)
  }

  mutating func set(x: Int, y: Int, red: UInt8, green: UInt8, blue: UInt8) {
    let start = 3 * (y * width + x)
    pixels[start] = red
    pixels[start + 1] = green
    pixels[start + 2] = blue
  }
}
