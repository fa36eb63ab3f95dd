package import CImageCodecs
public import ImageCoding

/// Makes the views of one image after the other and writes them straight into batch memory.
///
/// Each worker thread has its own; never used by two at once.
///
/// A training crop at least twice as large as every view, in both directions, is decoded from a JPEG at 1/2, 1/4 or 1/8
/// of its size: the greatest reduction that leaves no view enlarged. Resampling does the rest. Several crops are rendered
/// from one decoding of the part that holds them all. An evaluation view always comes from full-size pixels, and equals
/// that of PIL.
public final class ViewRenderer {
  /// The sizes to render.
  public let views: ViewConfiguration

  private let pixelLimit: Int
  private let channelMeans: [Float]
  private let reducesWhileDecoding: Bool
  private let scratch = RenderScratch()

  /// - Parameters:
  ///   - views: The sizes to render.
  ///   - pixelLimit: Larger images are refused.
  ///   - channelMeans: The mean of each channel on the scale 0 to 255, which dropped channels of float images become.
  public convenience init(
    views: ViewConfiguration, pixelLimit: Int = EncodedImage.defaultPixelLimit, channelMeans: [Float] = []
  ) {
    self.init(views: views, pixelLimit: pixelLimit, channelMeans: channelMeans, reducesWhileDecoding: true)
  }

  package init(
    views: ViewConfiguration, pixelLimit: Int, channelMeans: [Float] = [], reducesWhileDecoding: Bool
  ) {
    self.views = views
    self.pixelLimit = pixelLimit
    self.channelMeans = channelMeans
    self.reducesWhileDecoding = reducesWhileDecoding
  }

  /// Renders every view of an image file, decoding only what they show where the format allows that.
  /// - Parameters:
  ///   - image: The image.
  ///   - transform: Crop, flip and colours.
  ///   - destinations: Room for `[height, width, 3]` bytes of the encoder's view, then of the tokenizer's where it has
  ///     its own, then of further crops.
  /// - Throws: `ImageError`.
  public func render(
    _ image: EncodedImage, as transform: ViewTransform, into destinations: [UnsafeMutableRawPointer]
  ) throws {
    let header = try image.header(pixelLimit: pixelLimit)
    let placements = placements(transform, width: header.width, height: header.height)
    let box = needed(placements, transform)
    let pixels = try image.decode(
      box, reduction: reduction(transform), pixelLimit: pixelLimit, into: scratch)
    try render(pixels, placements, transform, destinations)
  }

  /// Renders every view of a decoded image.
  /// - Parameters:
  ///   - image: The image.
  ///   - transform: Crop, flip and colours.
  ///   - destinations: As for an image file.
  /// - Throws: `ImageError` when memory runs out.
  public func render(
    _ image: PixelImage, as transform: ViewTransform, into destinations: [UnsafeMutableRawPointer]
  ) throws {
    let placements = placements(transform, width: image.width, height: image.height)
    try image.withPixels { try render($0, placements, transform, destinations) }
  }

  /// Renders every view of an image of float channels, whose values count from 0 to 255.
  ///
  /// The views' values are neither rounded nor clipped. Of the changes of colour only brightness and contrast are made,
  /// contrast from each channel's own mean (`Augmentation.Config.settingsForPhotographs`).
  /// - Parameters:
  ///   - image: The image.
  ///   - transform: Crop, flip and changes of the values.
  ///   - destinations: Room for `[height, width, channels]` values of type `Float`, in the order for an image file.
  /// - Throws: `ImageError` when memory runs out.
  public func render(
    _ image: SampleImage, as transform: ViewTransform, into destinations: [UnsafeMutableRawPointer]
  ) throws {
    let channelCount = image.channelCount
    try render(
      placements(transform, width: image.width, height: image.height), transform, destinations,
      bytesPerPixel: channelCount * MemoryLayout<Float>.stride
    ) { placement, filter, isFlipped, view in
      try placement.render(
        image, filter: filter, isFlipped: isFlipped, into: view.assumingMemoryBound(to: Float.self), scratch: scratch)
    } change: { draw, view, size, blurScale in
      try draw.changeValues(
        of: view.assumingMemoryBound(to: Float.self), size: size, channelCount: channelCount, means: channelMeans,
        blurScale: blurScale, scratch: scratch)
    }
  }

  private func placements(_ transform: ViewTransform, width: Int, height: Int) -> [ViewPlacement] {
    views.sizes.enumerated().map {
      transform.placement(ofView: $0.offset, size: $0.element, onWidth: width, height: height)
    }
  }

  /// The rectangle that holds what all views depend on.
  private func needed(_ placements: [ViewPlacement], _ transform: ViewTransform) -> CropBox {
    let boxes = placements.enumerated().map { $1.neededBox(Self.filter(ofView: $0, transform)) }
    return boxes.dropFirst().reduce(boxes[0]) { $0.union($1) }
  }

  private func reduction(_ transform: ViewTransform) -> Int {
    guard reducesWhileDecoding else { return 1 }
    return [8, 4, 2].first { reduction in
      views.sizes.enumerated().allSatisfy { index, size in
        guard let crop = transform.draw(ofView: index)?.crop else { return false }
        return crop.width >= reduction * size.width && crop.height >= reduction * size.height
      }
    } ?? 1
  }

  private static func filter(ofView index: Int, _ transform: ViewTransform) -> cic_filter {
    index == 0 || transform.hasOwnCrops ? CIC_BICUBIC : CIC_LANCZOS
  }

  private func render(
    _ pixels: cic_pixels, _ placements: [ViewPlacement], _ transform: ViewTransform,
    _ destinations: [UnsafeMutableRawPointer]
  ) throws {
    try render(placements, transform, destinations, bytesPerPixel: 3) { placement, filter, isFlipped, view in
      try placement.render(pixels, filter: filter, isFlipped: isFlipped, into: view, scratch: scratch)
    } change: { draw, view, size, blurScale in
      try draw.changeColors(of: view, size: size, blurScale: blurScale, scratch: scratch)
    }
  }

  /// The way of every view, whatever its pixels: resampled, turned, its values changed.
  private func render(
    _ placements: [ViewPlacement], _ transform: ViewTransform, _ destinations: [UnsafeMutableRawPointer],
    bytesPerPixel: Int,
    resample: (ViewPlacement, cic_filter, _ isFlipped: Bool, UnsafeMutableRawPointer) throws -> Void,
    change: (Augmentation.Draw, UnsafeMutableRawPointer, ViewConfiguration.Size, _ blurScale: Double) throws -> Void
  ) throws {
    precondition(destinations.count == placements.count, "one destination a view")
    for (index, placement) in placements.enumerated() {
      let draw = transform.draw(ofView: index)
      let view = destinations[index]
      try resample(placement, Self.filter(ofView: index, transform), draw?.isFlipped ?? false, view)
      guard let draw else { continue }
      let size = views.sizes[index]
      try draw.dihedral.turn(view, size: size, bytesPerPixel: bytesPerPixel, scratch: scratch)
      try change(draw, view, size, transform.hasOwnCrops ? 1 : size.scale(to: views.encoder))
    }
  }
}

extension PixelImage {
  /// The pixels as the resampler takes them.
  package func withPixels<Result>(_ body: (cic_pixels) throws -> Result) rethrows -> Result {
    try pixels.withUnsafeBufferPointer { bytes in
      let (width, height) = (Int32(width), Int32(height))
      return try body(
        cic_pixels(
          pixels: bytes.baseAddress, stride: self.width * 3, readable_end: bytes.baseAddress! + bytes.count, x: 0,
          y: 0, width: width, height: height, whole_width: width, whole_height: height, reduction: 1))
    }
  }
}

extension ViewConfiguration.Size {
  /// The factor between lengths in this view and in another.
  fileprivate func scale(to other: Self) -> Double {
    (Double(width * height) / Double(other.width * other.height)).squareRoot()
  }
}

extension CropBox {
  fileprivate func union(_ other: CropBox) -> CropBox {
    let right = max(left + width, other.left + other.width)
    let bottom = max(top + height, other.top + other.height)
    let first = (left: min(left, other.left), top: min(top, other.top))
    return CropBox(left: first.left, top: first.top, width: right - first.left, height: bottom - first.top)
  }
}
