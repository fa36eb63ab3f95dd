public import ImageCoding

/// A drawn `ShapesScene` with its exact ground truth.
public struct ShapesRendering: Sendable {
  /// An object as far as it is in sight.
  public struct Instance: Hashable, Sendable {
    /// The outline's class.
    public let shape: ShapeClass
    /// Value of the object's pixels in `instanceMap`.
    public let number: UInt8
    /// Pixels in sight.
    public let area: Int
    /// The smallest box around them, in pixels.
    public let left: Int
    /// First row of the box.
    public let top: Int
    /// Columns of the box.
    public let width: Int
    /// Rows of the box.
    public let height: Int
  }

  /// The picture.
  public let image: PixelImage
  /// For every pixel, row by row, 0 for the ground or the `number` of the object in sight.
  public let instanceMap: [UInt8]
  /// The objects of which at least one pixel is in sight, back to front.
  public let instances: [Instance]

  init(image: PixelImage, instanceMap: [UInt8], shapes: [ShapeClass]) {
    self.image = image
    self.instanceMap = instanceMap
    let width = image.width
    var extents = shapes.map { _ in Extent() }
    for y in 0..<image.height {
      for x in 0..<width {
        let number = instanceMap[y * width + x]
        if number > 0 { extents[Int(number) - 1].include(x, y) }
      }
    }
    instances = zip(shapes, extents).enumerated().compactMap { index, pair in
      let (shape, extent) = pair
      guard extent.area > 0 else { return nil }
      return Instance(
        shape: shape, number: UInt8(index + 1), area: extent.area, left: extent.left, top: extent.top,
        width: extent.right - extent.left + 1, height: extent.bottom - extent.top + 1)
    }
  }

  /// Label map in ADE20k's convention, row by row: `background` for the ground, `label(shape)` for objects.
  public func labelMap(background: UInt8, label: (ShapeClass) -> UInt8) -> [UInt8] {
    var labels = [UInt8](repeating: background, count: 256)
    for instance in instances { labels[Int(instance.number)] = label(instance.shape) }
    return instanceMap.map { labels[Int($0)] }
  }

  /// COCO's uncompressed run lengths of the pixels of `instance`: column by column, starting with those outside.
  public func runLengths(of instance: Instance) -> [Int] {
    let (width, height) = (image.width, image.height)
    var runs: [Int] = []
    var inside = false
    // Everything before the box is outside, and so is everything after it.
    var run = instance.left * height
    for x in instance.left..<(instance.left + instance.width) {
      for y in 0..<height {
        if (instanceMap[y * width + x] == instance.number) != inside {
          runs.append(run)
          run = 0
          inside.toggle()
        }
        run += 1
      }
    }
    let rest = (width - instance.left - instance.width) * height
    guard inside else { return runs + [run + rest] }
    return runs + (rest > 0 ? [run, rest] : [run])
  }

  private struct Extent {
    var left = Int.max
    var top = Int.max
    var right = -1
    var bottom = -1
    var area = 0

    mutating func include(_ x: Int, _ y: Int) {
      left = min(left, x)
      right = max(right, x)
      top = min(top, y)
      bottom = max(bottom, y)
      area += 1
    }
  }
}

extension ShapesScene {
  /// Draws the scene at `width` × `height` pixels.
  public func render(width: Int, height: Int) -> ShapesRendering {
    let (pixels, owners) = ShapesRenderer(scene: self, width: width, height: height).render()
    return ShapesRendering(
      image: PixelImage(width: width, height: height, pixels: pixels), instanceMap: owners,
      shapes: objects.map(\.shape))
  }
}
