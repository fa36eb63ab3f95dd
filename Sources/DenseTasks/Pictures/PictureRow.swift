import ImageCoding

/// Pictures side by side.
enum PictureRow {
  /// How many images of a batch are shown.
  static let count = 4
  private static let gap = 4

  /// At the top, with a little white between.
  static func joined(_ images: [PixelImage]) -> PixelImage {
    let width = images.reduce(-gap) { $0 + $1.width + gap }
    var canvas = Canvas(
      width: max(1, width), height: max(1, images.map(\.height).max() ?? 0), color: .init(255, 255, 255))
    var left = 0
    for image in images {
      canvas.draw(image, left: left, top: 0)
      left += image.width + gap
    }
    return canvas.image
  }
}
