extension SampleImage {
  /// A rectangle of the image.
  package func part(_ box: CropBox) -> SampleImage {
    guard box.width != width || box.height != height else { return self }
    var part: [Float] = []
    part.reserveCapacity(box.width * box.height * channelCount)
    for row in box.top..<box.top + box.height {
      let first = (row * width + box.left) * channelCount
      part += values[first..<first + box.width * channelCount]
    }
    return SampleImage(width: box.width, height: box.height, channelCount: channelCount, values: part)
  }

  /// A channel's values in a rectangle, row by row.
  func values(ofChannel channel: Int, in box: CropBox) -> [Float] {
    var part: [Float] = []
    part.reserveCapacity(box.width * box.height)
    for row in box.top..<box.top + box.height {
      let first = (row * width + box.left) * channelCount + channel
      for column in 0..<box.width { part.append(values[first + column * channelCount]) }
    }
    return part
  }
}
