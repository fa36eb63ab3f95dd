extension VisionTransformer.Config {
  /// The encoder in a line: name, width, depth, heads, images, patches, parameters.
  public var summary: String {
    let sides = imageSize.height == imageSize.width ? "\(imageSize.height)" : "\(imageSize.height) × \(imageSize.width)"
    let shape = "width \(embeddingDimension), depth \(blockCount), \(heads) \(heads == 1 ? "head" : "heads")"
    let isNamed = embeddingDimension == architecture.width && blockCount == architecture.depth
    return "\(isNamed ? architecture.rawValue : "vision transformer") (\(shape)), images of \(sides) pixels, "
      + "\(grid.count) patches of \(patchSize)"
  }
}
