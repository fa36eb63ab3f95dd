public import ImageCoding

/// The sizes in which each image is rendered, and what of its pixels.
public struct ViewConfiguration: Codable, Hashable, Sendable {
  /// The size of a view in pixels.
  public struct Size: Codable, Hashable, Sendable {
    /// Rows.
    public var height: Int
    /// Columns.
    public var width: Int

    /// A view of `height` rows and `width` columns.
    public init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }

  /// What the encoder sees; resized bicubically.
  public var encoder: Size
  /// What the tokenizer sees, resized by Lanczos' filter; nil when it sees the encoder's pixels.
  public var tokenizer: Size?
  /// Further crops that the encoder sees, each drawn by itself (``MultiCrop``); resized bicubically.
  public var furtherCrops: [Size] = []

  /// Which channels the views have, and on which scale; bytes of red, green and blue where `format` is nil, else float32 of
  /// 0 to 255.
  public var pixels = PixelNormalization.imageNet

  /// The views of one image.
  public init(encoder: Size, tokenizer: Size? = nil, pixels: PixelNormalization = .imageNet) {
    self.encoder = encoder
    self.tokenizer = tokenizer
    self.pixels = pixels
  }

  /// Several crops of one image, at least one.
  public init(crops: [Size], pixels: PixelNormalization = .imageNet) {
    precondition(!crops.isEmpty, "an image needs at least one crop")
    encoder = crops[0]
    furtherCrops = Array(crops.dropFirst())
    self.pixels = pixels
  }

  /// Bytes of one rendered view.
  package func byteCount(_ size: Size) -> Int {
    size.height * size.width * pixels.bytesPerPixel
  }

  /// The encoder's size, the tokenizer's where it has its own, further crops'.
  package var sizes: [Size] { [encoder] + (tokenizer.map { [$0] } ?? []) + furtherCrops }
}
