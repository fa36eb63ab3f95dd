public import ImageTransforms
public import VisionModels

extension DINO.Crops {
  /// The sides for which DINO's radii of blur are meant: those of its global and local crops.
  private static let publishedGlobalSide = 224.0
  private static let publishedLocalSide = 96.0

  /// The crops of an image, two global ones first.
  ///
  /// - Parameter encoder: whose image size is the global crops'.
  public func multiCrop(encoder: VisionTransformer.Config) -> MultiCrop {
    let local = localSize ?? DINO.Crops.localSize(of: encoder)
    let global = encoder.imageSize
    let augmentations = augmentations(
      globalBlurScale: Double(min(global.height, global.width)) / DINO.Crops.publishedGlobalSide,
      localBlurScale: Double(min(local.height, local.width)) / DINO.Crops.publishedLocalSide,
      localCount: localCount ?? DINO.Crops.localCount(of: encoder))
    return MultiCrop(
      augmentations.enumerated().map { index, augmentation in
        let size = index < 2 ? global : local
        return MultiCrop.Crop(size: .init(height: size.height, width: size.width), augmentation: augmentation)
      })
  }

  /// What is drawn for every crop.
  func augmentations(globalBlurScale: Double, localBlurScale: Double, localCount: Int) -> [Augmentation.Config] {
    func radius(_ scale: Double) -> ClosedRange<Double> { blurRadius ?? (0.1 * scale)...(2 * scale) }
    var first = Augmentation.Config()
    first.cropScale = globalScale
    first.flipProbability = flipProbability
    first.colorJitter = colorJitter
    first.grayscaleProbability = grayscaleProbability
    first.blurProbability = blurProbabilities[0]
    first.blurRadius = radius(globalBlurScale)
    var second = first
    second.blurProbability = blurProbabilities[1]
    second.solarizeProbability = solarizeProbability
    var local = first
    local.cropScale = localScale
    local.blurProbability = blurProbabilities[2]
    local.blurRadius = radius(localBlurScale)
    return [first, second] + [Augmentation.Config](repeating: local, count: localCount)
  }

  /// 3/7 of the image's sides in whole patches, at least two of them where the image has as many.
  static func localSize(of encoder: VisionTransformer.Config) -> ImageSize {
    func side(_ patches: Int) -> Int {
      let share = Int((Double(patches) * 3 / 7).rounded())
      return min(patches, max(2, share)) * encoder.patchSize
    }
    return ImageSize(height: side(encoder.grid.rows), width: side(encoder.grid.columns))
  }

  /// A local crop for every 16 patches of an image, from 2 to 8: many crops of a small image show the same.
  static func localCount(of encoder: VisionTransformer.Config) -> Int {
    min(8, max(2, encoder.grid.count / 16))
  }
}
