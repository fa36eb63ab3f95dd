/// An image file made in memory: NumPy's array `[height, width, channels]` of one sample type, as `.npy`.
package struct SampleArrayFile {
  /// The whole file.
  package private(set) var bytes: [UInt8]

  private let sampleType: SampleType
  private let pixelCount: Int
  private let channelCount: Int
  /// Where the samples begin.
  private let start: Int

  /// A file whose samples are all 0.
  ///
  /// - Throws: `ImageError` for fewer rows than channels, which would be taken for an array `[channels, height, width]`.
  package init(width: Int, height: Int, channelCount: Int, sampleType: SampleType) throws {
    guard height >= channelCount else {
      throw ImageError.unsupported(
        "it has \(height) rows and \(channelCount) channels; it needs as many rows as channels")
    }
    bytes = Self.header(shape: "(\(height), \(width), \(channelCount))", sampleType)
    start = bytes.count
    (pixelCount, self.channelCount, self.sampleType) = (width * height, channelCount, sampleType)
    bytes.append(contentsOf: repeatElement(0, count: pixelCount * channelCount * sampleType.bits / 8))
  }

  /// Bytes of red, green and blue.
  package init(_ image: PixelImage) {
    bytes = Self.header(shape: "(\(image.height), \(image.width), 3)", .uint8)
    start = bytes.count
    (pixelCount, channelCount, sampleType) = (image.width * image.height, 3, .uint8)
    bytes += image.pixels
  }

  /// A rectangle of an image of some type.
  ///
  /// - Throws: `ImageError` for fewer rows than channels.
  package init(_ box: CropBox, of image: SampleImage, _ type: SampleType) throws {
    try self.init(width: box.width, height: box.height, channelCount: image.channelCount, sampleType: type)
    for channel in 0..<channelCount {
      set(channel: channel, to: image.values(ofChannel: channel, in: box))
    }
  }

  /// Version 1 of the format: the magic number, the length of the text, and the text, padded to a multiple of 64 bytes.
  private static func header(shape: String, _ type: SampleType) -> [UInt8] {
    var text = "{'descr': '\(type.numpyName)', 'fortran_order': False, 'shape': \(shape), }"
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    return [0x93] + "NUMPY".utf8 + [1, 0, UInt8(text.utf8.count & 0xff), UInt8(text.utf8.count >> 8)] + text.utf8
  }

  /// Sets one channel to values of this file's type, row by row.
  package mutating func set(channel: Int, to values: [Float]) {
    switch sampleType {
    case .uint8: put(values, channel) { UInt8($0) }
    case .int8: put(values, channel) { UInt8(bitPattern: Int8($0)) }
    case .uint16: put(values, channel) { UInt16($0).littleEndian }
    case .int16: put(values, channel) { Int16($0).littleEndian }
    // The greatest integers of 32 bits are rounded up to floats beyond the type.
    case .uint32: put(values, channel) { UInt32(exactly: $0)?.littleEndian ?? .max }
    case .int32: put(values, channel) { (Int32(exactly: $0) ?? .max).littleEndian }
    case .float32: put(values, channel) { $0.bitPattern.littleEndian }
    case .float64: put(values, channel) { Double($0).bitPattern.littleEndian }
    }
  }

  private mutating func put<Sample: BitwiseCopyable>(
    _ values: [Float], _ channel: Int, _ sample: (Float) -> Sample
  ) {
    precondition(values.count == pixelCount && 0..<channelCount ~= channel, "a channel has a value a pixel")
    let size = MemoryLayout<Sample>.size
    bytes.withUnsafeMutableBytes { bytes in
      for pixel in 0..<pixelCount {
        bytes.storeBytes(
          of: sample(values[pixel]), toByteOffset: start + (pixel * channelCount + channel) * size, as: Sample.self)
      }
    }
  }
}

extension SampleType {
  /// NumPy's name of the type with the least significant byte first.
  fileprivate var numpyName: String {
    switch self {
    case .uint8: "|u1"
    case .int8: "|i1"
    case .uint16: "<u2"
    case .int16: "<i2"
    case .uint32: "<u4"
    case .int32: "<i4"
    case .float32: "<f4"
    case .float64: "<f8"
    }
  }
}
