public import ImageCoding
import ImageLoading

/// Boxes, masks, classes and scores of objects drawn on their image.
public struct DetectionPicture: Sendable {
  private static let maskShare: Float = 0.45

  private let classNames: [String]
  private let scoreThreshold: Float

  /// - Parameters:
  ///   - classNames: the classes' names, in the order of their numbers.
  ///   - scoreThreshold: objects of a lower score are left out.
  public init(classNames: [String], scoreThreshold: Float = 0.5) {
    self.classNames = classNames
    self.scoreThreshold = scoreThreshold
  }

  /// Draws objects, in pixels of the image, the surest on top. Each class has a colour; of a single class, each object.
  public func draw(_ detections: [Detection], on image: PixelImage) -> PixelImage {
    var canvas = Canvas(image)
    let shown = detections.filter { $0.score >= scoreThreshold }.enumerated().reversed()
    for (number, detection) in shown { drawMask(of: detection, color(of: detection, number), on: &canvas) }
    let short = min(image.width, image.height)
    let (thickness, letters) = (max(1, short / 250), min(28, max(9, short / 30)))
    for (number, detection) in shown {
      let (box, color) = (detection.box.pixels, color(of: detection, number))
      canvas.outline(box, color, thickness: thickness)
      let text = "\(classNames[detection.label]) \(Int((100 * detection.score).rounded())) %"
      canvas.write(text, size: letters, left: max(0, box.left), top: max(0, box.top), on: color)
    }
    return canvas.image
  }

  private func color(of detection: Detection, _ number: Int) -> Canvas.Color {
    Canvas.color(classNames.count > 1 ? detection.label : number)
  }

  private func drawMask(of detection: Detection, _ color: Canvas.Color, on canvas: inout Canvas) {
    guard let mask = detection.bitmap(height: canvas.height, width: canvas.width) else { return }
    for (place, inside) in mask.pixels.enumerated() where inside == 1 {
      canvas.blend(color, x: place % canvas.width, y: place / canvas.width, share: DetectionPicture.maskShare)
    }
  }
}

extension Box {
  /// The pixels that it touches.
  fileprivate var pixels: CropBox {
    let (first, top) = (Int(left.rounded(.down)), Int(self.top.rounded(.down)))
    return CropBox(
      left: first, top: top, width: max(1, Int(right.rounded(.up)) - first),
      height: max(1, Int(bottom.rounded(.up)) - top))
  }
}
