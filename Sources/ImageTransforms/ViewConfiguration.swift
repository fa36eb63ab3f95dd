/// The sizes in which each image is rendered.
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

    /// Bytes of one rendered view.
    package var byteCount: Int { height * width * 3 }
  }

  /// What the encoder sees; resized bicubically.
  public var encoder: Size
  /// What the tokenizer sees, resized by Lanczos' filter; nil when it sees the encoder's pixels.
  public var tokenizer: Size?
  /// Further crops that the encoder sees, each drawn by itself (``MultiCrop``); resized bicubically.
  public var furtherCrops: [Size] = []

  /// The views of one image.
  public init(encoder: Size, tokenizer: Size? = nil) {
    self.encoder = encoder
    self.tokenizer = tokenizer
  }

  /// Several crops of one image, at least one.
  public init(crops: [Size]) {
    precondition(!crops.isEmpty, "an image needs at least one crop")
    encoder = crops[0]
    furtherCrops = Array(crops.dropFirst())
  }

  /// The encoder's size, the tokenizer's where it has its own, further crops'.
  package var sizes: [Size] { [encoder] + (tokenizer.map { [$0] } ?? []) + furtherCrops }
}
