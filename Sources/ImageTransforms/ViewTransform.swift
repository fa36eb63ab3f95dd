package import ImageCoding

/// What part of an image its views show, and how.
public enum ViewTransform: Hashable, Sendable {
  /// A random crop with its changes of colour.
  case training(Augmentation.Draw)
  /// A random crop with its changes of colour for every view, in the views' order.
  case crops([Augmentation.Draw])
  /// The short side scaled to `resize`, the central square of `crop` (torchvision's `Resize` and `CenterCrop`).
  ///
  /// A view of another size than `crop` shows the same square; one that is not square shows the largest central part of
  /// its own shape, in the same proportion.
  case evaluation(resize: Int, crop: Int)

  /// What is done to a view; nil in an evaluation.
  func draw(ofView index: Int) -> Augmentation.Draw? {
    switch self {
    case .training(let draw): draw
    case .crops(let draws): draws[index]
    case .evaluation: nil
    }
  }

  /// The drawn crops, one for all views or one each; none in an evaluation.
  package var crops: [CropBox] {
    switch self {
    case .training(let draw): [draw.crop]
    case .crops(let draws): draws.map(\.crop)
    case .evaluation: []
    }
  }

  /// Whether every view is a crop of its own that the encoder sees, and none is the tokenizer's.
  var hasOwnCrops: Bool {
    if case .crops = self { true } else { false }
  }

  /// Where a view of `size` lies on an image of the given size.
  func placement(
    ofView index: Int, size: ViewConfiguration.Size, onWidth width: Int, height: Int
  ) -> ViewPlacement {
    switch self {
    case .training(let draw):
      return Self.placement(of: draw, size: size)
    case .crops(let draws):
      return Self.placement(of: draws[index], size: size)
    case .evaluation(let resize, let crop):
      let shorter = min(size.width, size.height)
      // The whole view of shape `size`, scaled as `resize` is to `crop`; the image must cover it.
      let wantedWidth = Self.scaled(size.width, by: resize, crop, atLeast: shorter)
      let wantedHeight = Self.scaled(size.height, by: resize, crop, atLeast: shorter)
      let isTall = width * wantedHeight <= height * wantedWidth
      let fullWidth = isTall ? wantedWidth : max(wantedHeight * width / height, size.width)
      let fullHeight = isTall ? max(wantedWidth * height / width, size.height) : wantedHeight
      let window = CropBox(
        left: Self.halved(fullWidth - size.width), top: Self.halved(fullHeight - size.height),
        width: size.width, height: size.height)
      let whole = CropBox(left: 0, top: 0, width: width, height: height)
      return ViewPlacement(source: whole, width: fullWidth, height: fullHeight, window: window)
    }
  }

  private static func placement(of draw: Augmentation.Draw, size: ViewConfiguration.Size) -> ViewPlacement {
    let window = CropBox(left: 0, top: 0, width: size.width, height: size.height)
    return ViewPlacement(source: draw.crop, width: size.width, height: size.height, window: window)
  }

  private static func scaled(_ side: Int, by resize: Int, _ crop: Int, atLeast least: Int) -> Int {
    max(Int((Double(side * resize) / Double(crop)).rounded()), side, least)
  }

  /// Python's `round(difference / 2)`, which `CenterCrop` uses: halves go to the even neighbour.
  private static func halved(_ difference: Int) -> Int {
    Int((Double(difference) / 2).rounded(.toNearestOrEven))
  }
}
