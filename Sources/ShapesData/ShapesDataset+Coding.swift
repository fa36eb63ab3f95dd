extension ShapesDataset.Config {
  private enum CodingKeys: String, CodingKey {
    case images, width, height, seed, validationShare, classes, channels, bits
  }

  /// Data sets of three channels of 8 bits say neither, as before there were others.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    images = try values.decode(Int.self, forKey: .images)
    width = try values.decode(Int.self, forKey: .width)
    height = try values.decode(Int.self, forKey: .height)
    seed = try values.decode(UInt64.self, forKey: .seed)
    validationShare = try values.decode(Double.self, forKey: .validationShare)
    classes = try values.decode([ShapeClass].self, forKey: .classes)
    channels = try values.decodeIfPresent(Int.self, forKey: .channels) ?? channels
    bits = try values.decodeIfPresent(Int.self, forKey: .bits) ?? bits
  }

  /// As it is decoded.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(images, forKey: .images)
    try values.encode(width, forKey: .width)
    try values.encode(height, forKey: .height)
    try values.encode(seed, forKey: .seed)
    try values.encode(validationShare, forKey: .validationShare)
    try values.encode(classes, forKey: .classes)
    guard !arePhotographs else { return }
    try values.encode(channels, forKey: .channels)
    try values.encode(bits, forKey: .bits)
  }
}
