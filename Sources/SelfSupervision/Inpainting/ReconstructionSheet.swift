import ImageCoding
import Torch
import VisionModels

/// A picture of images, what a network saw of each, and what it made of the rest.
struct ReconstructionSheet {
  /// One look at the images: the places it was shown, and patches for the others.
  struct Look {
    /// Places that were seen, of each image.
    let seen: [[Int]]
    /// Places that were made up, of each image.
    let made: [[Int]]
    /// Bytes of the made-up patches, image by image in the order of `made`: channel, row, column.
    let patches: [UInt8]
    /// Side of those patches in pixels; they are stretched to the encoder's.
    let patchSize: Int
  }

  /// How to read inpainted patches of a method that predicts words.
  static let wordCaption = """
    Each row is an image. An inpainted patch shows what the patches of its predicted word look like on average, so it is coarse \
    by nature. Where all inpainted patches have one colour, the model predicts only the commonest word: usual early in a \
    run, a sign that it does not learn at its end.
    """
  /// How to read the painted patches of a method that predicts pixels.
  static let pixelCaption = """
    Each row is an image. Painted patches are blurred by nature: of all that could be there they show the average. Where all \
    have one colour, the decoder paints only the average of all patches: usual early in a run, a sign that it does not \
    learn at its end.
    """

  let grid: PatchGrid
  let patchSize: Int
  /// Bytes of every patch of every image, channel, row, column.
  let patches: [UInt8]
  let looks: [Look]
  private let gap = 2

  /// - Parameter patches: of all images, `[B · n, 3 · p · p]` bytes.
  init(grid: PatchGrid, patchSize: Int, patches: Tensor, looks: [Look]) {
    self.grid = grid
    self.patchSize = patchSize
    self.patches = patches.array()
    self.looks = looks
  }

  /// One row for each image: the image, then for each look what was seen and the whole that was made of it.
  func draw() -> PixelImage {
    let rows = patches.count / (3 * grid.count * patchSize * patchSize)
    let (height, width) = (grid.rows * patchSize, grid.columns * patchSize)
    var canvas = Canvas(width: (1 + 2 * looks.count) * (width + gap) - gap, height: rows * (height + gap) - gap)
    // Where each look's patches of the next image begin.
    var starts = looks.map { _ in 0 }
    for image in 0..<rows {
      let top = image * (height + gap)
      for place in 0..<grid.count { paintPatch(place, of: image, column: 0, top: top, on: &canvas) }
      for (number, look) in looks.enumerated() {
        let column = 1 + 2 * number
        for place in look.seen[image] {
          paintPatch(place, of: image, column: column, top: top, on: &canvas)
          paintPatch(place, of: image, column: column + 1, top: top, on: &canvas)
        }
        for place in look.made[image] {
          paint(
            look.patches[starts[number]...], side: look.patchSize, place: place, column: column + 1, top: top,
            on: &canvas)
          starts[number] += 3 * look.patchSize * look.patchSize
        }
      }
    }
    return PixelImage(width: canvas.width, height: canvas.height, pixels: canvas.pixels)
  }

  private func paintPatch(_ place: Int, of image: Int, column: Int, top: Int, on canvas: inout Canvas) {
    let start = (image * grid.count + place) * 3 * patchSize * patchSize
    paint(patches[start...], side: patchSize, place: place, column: column, top: top, on: &canvas)
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

extension ReconstructionSheet.Look {
  /// The look of one branch of a split batch.
  ///
  /// - Parameter patches: the made-up patches of all sequences, branch by branch, bytes.
  init(branch: Int, of split: BatchSplit, patches: [UInt8], patchSize: Int) {
    let sequences = branch * split.imageCount..<(branch + 1) * split.imageCount
    let (before, own) = (split.missingCounts[..<sequences.lowerBound], split.missingCounts[sequences])
    let size = 3 * patchSize * patchSize
    let start = before.reduce(0, +) * size
    self.init(
      seen: Array(split.seenPlaces[sequences]), made: sequences.map(split.missingPlaces),
      patches: Array(patches[start..<(start + own.reduce(0, +) * size)]), patchSize: patchSize)
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
