import ImageCoding
import SplitMaskCore

/// An image of which rectangles are read: a TIFF in place, any other format decoded whole each time.
enum LargeImage {
  case pyramid(TIFFPyramid)
  case whole(EncodedImage, SampleHeader)
  case decoded(SampleImage, SampleHeader)

  /// Whether a file's first bytes are a TIFF's.
  static func isTIFF(_ path: [UInt8], buffer: FileBuffer) throws -> Bool {
    try buffer.withBytes(ofFile: path, range: 0..<ImageFormat.sniffedByteCount, mayEndEarly: true) {
      ImageFormat(Array($0)) == .tiff
    }
  }

  /// Columns, rows and the size of a pixel.
  typealias Level = (width: Int, height: Int, micronsPerPixel: Double?)

  init(_ encoded: EncodedImage) throws {
    self = .whole(encoded, try encoded.sampleHeader())
  }

  var levels: [Level] {
    switch self {
    case .pyramid(let pyramid): pyramid.levels.map { ($0.width, $0.height, $0.micronsPerPixel) }
    case .whole(_, let header), .decoded(_, let header): [(header.width, header.height, nil)]
    }
  }

  var header: SampleHeader {
    switch self {
    case .pyramid(let pyramid): pyramid.header
    case .whole(_, let header), .decoded(_, let header): header
    }
  }

  func samples(_ box: CropBox, level: Int) throws -> SampleImage {
    switch self {
    case .pyramid(let pyramid): try pyramid.samples(box, level: level)
    case .whole(let image, _): try image.decodeSamples().part(box)
    case .decoded(let image, _): image.part(box)
    }
  }

  /// Whether the file holds all pixels of a rectangle.
  func isStored(_ box: CropBox, level: Int) throws -> Bool {
    guard case .pyramid(let pyramid) = self else { return true }
    return try pyramid.isStored(box, level: level)
  }

  /// The same, so that looking at every part decodes nothing twice.
  func readyToScan() throws -> LargeImage {
    guard case .whole(let image, let header) = self else { return self }
    return .decoded(try image.decodeSamples(), header)
  }

  func encoded(_ box: CropBox, level: Int) throws -> [UInt8] {
    switch self {
    case .pyramid(let pyramid): return try pyramid.encoded(box, level: level)
    case .whole(let image, let header):
      if header.isPhotographic8Bit { return SampleArrayFile(try image.decode(box)).bytes }
      return try SampleArrayFile(box, of: try image.decodeSamples(), header.sampleType).bytes
    case .decoded(let image, let header):
      return try SampleArrayFile(box, of: image, header.sampleType).bytes
    }
  }

  /// - Returns: the number of the level that is asked for.
  /// - Throws: `DatasetError` that lists the levels where it is not there.
  func number(of level: Tiling.Level, name: String) throws -> Int {
    switch level {
    case .number(let number) where levels.indices.contains(number): return number
    case .micronsPerPixel(let wanted):
      let known = levels.enumerated().compactMap { index, level in level.micronsPerPixel.map { (index, $0) } }
      let best = known.min { abs($0.1 / wanted - 1) < abs($1.1 / wanted - 1) }
      if let best, abs(best.1 / wanted - 1) <= 0.25 { return best.0 }
    default: break
    }
    let texts = levels.enumerated().map { index, level in
      let microns = level.micronsPerPixel.map { ", \(HumanReadable.number($0)) µm a pixel" } ?? ""
      return "\(index): \(level.width) x \(level.height) pixels\(microns)"
    }
    let wanted =
      switch level {
      case .number(let number): "level \(number)"
      case .micronsPerPixel(let microns): "level of \(HumanReadable.number(microns)) µm a pixel"
      }
    let unknown = levels[0].micronsPerPixel == nil ? "; the file does not say how large a pixel is" : ""
    throw DatasetError("\(name) has no \(wanted), but these: \(texts.joined(separator: "; "))\(unknown)")
  }
}
