import ImageCoding
public import ImageLoading
public import Training

extension DINOTask {
  private static let gap = 2

  /// The crops of the first images, an image a row.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] {
    let rows = batch.count
    let gap = DINOTask.gap
    let rowHeight = (batch.views.map(\.height).max() ?? 0) + gap
    let width = batch.views.reduce(-gap) { $0 + $1.width + gap }
    let height = rows * rowHeight - gap
    var pixels = [UInt8](repeating: 255, count: 3 * width * height)
    var left = 0
    for view in batch.views {
      let length = 3 * view.width
      for row in 0..<rows {
        for line in 0..<view.height {
          let source = (row * view.height + line) * length
          let target = 3 * ((row * rowHeight + line) * width + left)
          pixels.replaceSubrange(target..<target + length, with: view.bytes[source..<source + length])
        }
      }
      left += view.width + gap
    }
    return [TrainingPicture(name: "crops", image: PixelImage(width: width, height: height, pixels: pixels))]
  }
}
