public import ImageCoding

/// Classes of pixels as colours over an image, with a legend.
public struct SegmentationPicture: Sendable {
  private static let share: Float = 0.55

  private let classNames: [String]

  /// - Parameter classNames: by class.
  public init(classNames: [String]) {
    self.classNames = classNames
  }

  /// The classes laid over an image of the same size; values that are no class leave it as it is.
  public func draw(_ labels: LabelMap, on image: PixelImage) -> PixelImage {
    precondition(labels.width == image.width && labels.height == image.height, "labels of another image")
    var canvas = Canvas(image)
    for (place, label) in labels.values.enumerated() where Int(label) < classNames.count {
      canvas.blend(
        Canvas.color(Int(label)), x: place % image.width, y: place / image.width, share: SegmentationPicture.share)
    }
    return canvas.image
  }

  /// The same, with the classes that occur named to the right, largest first.
  public func drawWithLegend(_ labels: LabelMap, on image: PixelImage) -> PixelImage {
    var counts = [Int](repeating: 0, count: classNames.count)
    for label in labels.values where Int(label) < classNames.count { counts[Int(label)] += 1 }
    let present = counts.indices.filter { counts[$0] > 0 }.sorted { counts[$0] > counts[$1] }
    let letters = min(22, max(10, image.height / 24))
    let longest = present.map { classNames[$0].count }.max() ?? 0
    var canvas = Canvas(
      width: image.width + letters * (longest + 4), height: max(image.height, present.count * 2 * letters),
      color: .init(255, 255, 255))
    canvas.draw(draw(labels, on: image), left: 0, top: 0)
    for (row, label) in present.enumerated() {
      let top = row * 2 * letters
      canvas.fill(
        CropBox(left: image.width + letters / 2, top: top + letters / 4, width: letters, height: letters),
        Canvas.color(label))
      canvas.write(
        classNames[label], size: letters, left: image.width + 2 * letters, top: top, on: .init(60, 60, 60))
    }
    return canvas.image
  }
}
