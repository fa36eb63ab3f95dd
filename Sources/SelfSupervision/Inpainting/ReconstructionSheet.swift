import ImageCoding
import Torch
import Training
import VisionModels

/// Pictures of images, what a network saw of each, and what it made of the rest.
struct ReconstructionSheet {
  /// One look at the images: the places it was shown, and patches for the others.
  struct Look {
    /// Places that were seen, of each image.
    let seen: [[Int]]
    /// Places that were made up, of each image.
    let made: [[Int]]
    /// The made-up patches, image by image in the order of `made`: `[R, C · q · q]` of 0 to 255. They are stretched to the
    /// encoder's.
    let patches: Tensor
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

  /// The most channels that are shown one by one.
  private static let channelLimit = 8

  /// Of the encoder.
  let patchifier: Patchifier
  /// Of all images, `[B · n, C · p · p]` of 0 to 255.
  let patches: Tensor
  let looks: [Look]

  /// The images in colours, and, where there are a few channels that are no photograph's, those of the first image.
  ///
  /// - Parameters:
  ///   - columns: what is shown, from left to right.
  ///   - caption: how to read it.
  ///   - normalization: of the images.
  func pictures(columns: [String], caption: String, normalization: PixelNormalization) -> [TrainingPicture] {
    let sheet = TrainingPicture(
      name: "reconstruction", image: SheetPainter(patchifier.grid, colorRows).image, columns: columns,
      caption: normalization.captioned(caption))
    guard let channels = normalization.format?.channels, 2...Self.channelLimit ~= channels.count else { return [sheet] }
    let names = channels.map { "'\($0.name)'" }.joined(separator: ", ")
    let single = TrainingPicture(
      name: "channels", image: SheetPainter(patchifier.grid, channelRows).image, columns: columns,
      caption: "Each row is a channel of the first image, on its own scale; from the top: \(names).")
    return [sheet, single]
  }

  private var colorRows: [SheetPainter.Row] {
    let images: [UInt8] = patchifier.colors(patches).array()
    let made: [[UInt8]] = looks.map { patchifier.colors($0.patches).array() }
    var starts = looks.map { _ in 0 }
    let imageCount = patches.shape[0] / patchifier.grid.count
    return (0..<imageCount).map { image in
      let own = looks.enumerated().map { number, look in
        let size = made[number].count / max(1, look.patches.shape[0])
        let end = starts[number] + look.made[image].count * size
        defer { starts[number] = end }
        return SheetPainter.Look(
          seen: look.seen[image], made: look.made[image], patches: Array(made[number][starts[number]..<end]))
      }
      let size = images.count / imageCount
      return SheetPainter.Row(patches: Array(images[image * size..<(image + 1) * size]), looks: own)
    }
  }

  /// Every channel of the first image, in grey.
  private var channelRows: [SheetPainter.Row] {
    (0..<patchifier.channelCount).map { channel in
      SheetPainter.Row(
        patches: patchifier.grey(patches.narrowed(0, start: 0, count: patchifier.grid.count), channel: channel).array(),
        looks: looks.map { look in
          let own = look.patches.narrowed(0, start: 0, count: look.made[0].count)
          return SheetPainter.Look(
            seen: look.seen[0], made: look.made[0], patches: patchifier.grey(own, channel: channel).array())
        })
    }
  }
}

extension ReconstructionSheet.Look {
  /// The look of one branch of a split batch.
  ///
  /// - Parameter patches: the made-up patches of all sequences, branch by branch, of 0 to 255.
  init(branch: Int, of split: BatchSplit, patches: Tensor) {
    let sequences = branch * split.imageCount..<(branch + 1) * split.imageCount
    let (before, own) = (split.missingCounts[..<sequences.lowerBound], split.missingCounts[sequences])
    self.init(
      seen: Array(split.seenPlaces[sequences]), made: sequences.map(split.missingPlaces),
      patches: patches.narrowed(0, start: before.reduce(0, +), count: own.reduce(0, +)))
  }
}

/// Paints rows of pictures beside each other: the whole, then for each look what was seen and the whole that was made of it.
private struct SheetPainter {
  /// Bytes in colours: red, green, blue; row; column.
  struct Row {
    /// Of every place.
    let patches: [UInt8]
    let looks: [Look]
  }

  /// What was seen, and the patches that were made up.
  struct Look {
    let seen: [Int]
    let made: [Int]
    let patches: [UInt8]
  }

  private let grid: PatchGrid
  private let patchSize: Int
  private let gap = 2
  private var canvas: Canvas

  init(_ grid: PatchGrid, _ rows: [Row]) {
    self.grid = grid
    patchSize = Self.side(rows[0].patches, count: grid.count)
    let (height, width) = (grid.rows * patchSize, grid.columns * patchSize)
    let columns = 1 + 2 * rows[0].looks.count
    canvas = Canvas(width: columns * (width + gap) - gap, height: rows.count * (height + gap) - gap)
    for (number, row) in rows.enumerated() { paint(row, top: number * (height + gap)) }
  }

  var image: PixelImage { PixelImage(width: canvas.width, height: canvas.height, pixels: canvas.pixels) }

  /// Of square patches.
  private static func side(_ bytes: [UInt8], count: Int) -> Int {
    Int(Double(bytes.count / (3 * max(1, count))).squareRoot())
  }

  private mutating func paint(_ row: Row, top: Int) {
    for place in 0..<grid.count { paint(row.patches, place, side: patchSize, place: place, column: 0, top: top) }
    for (number, look) in row.looks.enumerated() {
      let column = 1 + 2 * number
      for place in look.seen {
        for column in [column, column + 1] {
          paint(row.patches, place, side: patchSize, place: place, column: column, top: top)
        }
      }
      let side = Self.side(look.patches, count: look.made.count)
      for (index, place) in look.made.enumerated() {
        paint(look.patches, index, side: side, place: place, column: column + 1, top: top)
      }
    }
  }

  /// Paints one of some patches of `side` pixels, stretched to the encoder's patch.
  private mutating func paint(_ bytes: [UInt8], _ index: Int, side: Int, place: Int, column: Int, top: Int) {
    let left = column * (grid.columns * patchSize + gap) + place % grid.columns * patchSize
    let upper = top + place / grid.columns * patchSize
    let start = index * 3 * side * side
    for y in 0..<patchSize {
      for x in 0..<patchSize {
        let source = start + y * side / patchSize * side + x * side / patchSize
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
